/**
 * The commands about images, without loading any of them.
 *
 * @module
 */

import type { CommandEntry } from "../../command_line/mod.ts";

/** The commands about images. */
export const IMAGE_COMMANDS: readonly CommandEntry[] = [
  {
    names: ["pull", "image pull"],
    summary: "Download an image from a registry",
    common: true,
    load: async () => (await import("./pull.ts")).pull,
  },
  {
    names: ["push", "image push"],
    summary: "Upload an image to a registry",
    common: true,
    load: async () => (await import("./push.ts")).push,
  },
  {
    names: ["login"],
    summary: "Authenticate to a registry",
    common: true,
    load: async () => (await import("./login.ts")).login,
  },
  {
    names: ["logout"],
    summary: "Log out from a registry",
    common: true,
    load: async () => (await import("./logout.ts")).logout,
  },
  {
    names: ["images", "image ls", "image list"],
    summary: "List images",
    common: true,
    load: async () => (await import("./images.ts")).images,
  },
  {
    names: ["rmi", "image rm", "image remove"],
    summary: "Remove one or more images",
    load: async () => (await import("./rmi.ts")).rmi,
  },
  {
    names: ["tag", "image tag"],
    summary: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
    load: async () => (await import("./tag.ts")).tag,
  },
  {
    names: ["history", "image history"],
    summary: "Show the history of an image",
    load: async () => (await import("./history.ts")).history,
  },
  {
    names: ["save", "image save"],
    summary: "Save one or more images to an archive",
    load: async () => (await import("./save.ts")).save,
  },
  {
    names: ["load", "image load"],
    summary: "Load images from an archive",
    load: async () => (await import("./load.ts")).load,
  },
  {
    names: ["import", "image import"],
    summary: "Make an image of an archive of a root file system",
    load: async () => (await import("./import.ts")).importCommand,
  },
  {
    names: ["image inspect"],
    summary: "Display detailed information on one or more images",
    load: async () => (await import("./inspect.ts")).imageInspect,
  },
  {
    names: ["image prune"],
    summary: "Remove unused images",
    load: async () => (await import("./prune.ts")).imagePrune,
  },
];
