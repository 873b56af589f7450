/**
 * Replacing a file so that a reader, or a crash, meets the old content or the new one.
 *
 * @module
 */

/** Options of {@linkcode replaceFile}. */
export interface ReplaceFileOptions {
  /** Permissions of the file where it is new; one that exists keeps its own. */
  mode: number;
}

/**
 * Replaces a file's content, or creates the file.
 *
 * A symbolic link stays and what it leads to is replaced.
 *
 * @param path The file; its folder must exist.
 * @param text The content.
 * @param options Permissions of a new file.
 */
export async function replaceFile(
  path: string,
  text: string,
  { mode }: ReplaceFileOptions,
): Promise<void> {
  const before = await existing(path);
  const target = before?.path ?? path;
  const temporary = `${target}.${crypto.randomUUID()}`;
  try {
    {
      const permissions = before?.mode ?? mode;
      using file = await Deno.open(temporary, { write: true, createNew: true, mode: permissions });
      await file.write(new TextEncoder().encode(text));
      // Before the rename: else a crash of the machine may leave the new name with nothing in it.
      await file.sync();
    }
    if (before?.owner) await Deno.chown(temporary, ...before.owner);
    await Deno.rename(temporary, target);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // it may not have been created
    throw error;
  }
}

async function existing(path: string): Promise<
  { path: string; mode: number; owner: [uid: number, gid: number] | undefined } | undefined
> {
  try {
    const target = await Deno.realPath(path);
    const { mode, uid, gid } = await Deno.stat(target);
    // Root keeps the owner of a user's file; anybody else can only write files of their own.
    const owner = Deno.uid() === 0 && uid !== null && gid !== null
      ? [uid, gid] as const
      : undefined;
    return { path: target, mode: (mode ?? 0o600) & 0o777, owner: owner && [...owner] };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
