/**
 * What Docker's `inspect` shows of a container's confinement.
 *
 * @module
 */

import { securityOptionTexts } from "../../container/record/security_option.ts";
import type { SecuritySettings } from "../../container/record/security_settings.ts";
import type { Fields } from "../instance/optional_fields.ts";

/**
 * Describes what was asked for.
 *
 * @param security What was asked for.
 * @returns Fields of `HostConfig`.
 */
export function inspectSecurity(security: SecuritySettings = {}): Fields {
  const texts = securityOptionTexts(security);
  return {
    CapAdd: security.capAdd ?? null,
    CapDrop: security.capDrop ?? null,
    GroupAdd: security.groupAdd ?? null,
    Privileged: security.privileged ?? false,
    SecurityOpt: texts.length > 0 ? texts : null,
  };
}
