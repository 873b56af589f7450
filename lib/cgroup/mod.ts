/**
 * Control groups, v1 and v2 behind one interface.
 *
 * @module
 */

export { Cgroup, cgroupLayout } from "./cgroup.ts";
export { type CgroupEntry, cgroupEntry } from "./entry.ts";
export { setFrozen } from "./freezer.ts";
export { type CgroupMembership, membershipPath, ownCgroups } from "./membership.ts";
export type * from "./resources.ts";
export { type CgroupLayout, type Hierarchy, parseCgroupLayout } from "./layout.ts";
