/**
 * Who a container's process runs as, looked up in the container's own files.
 *
 * Runs after the container's root has been entered, so a link in it leads nowhere else.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";

/** A user as the kernel knows it. */
export interface Identity {
  /** User number. */
  uid: number;
  /** Group number. */
  gid: number;
  /** Supplementary group numbers. */
  groups: number[];
  /** The home folder. */
  home: string;
}

/** The files users and groups are looked up in. */
export interface AccountFiles {
  /** The text of `/etc/passwd` (passwd(5)); empty where there is none. */
  passwd: string;
  /** The text of `/etc/group` (group(5)); empty where there is none. */
  group: string;
}

// Numbers beyond this are refused by setresuid: -1 means "leave it".
const LARGEST_ID = 0xfffffffe;

/**
 * Finds a user and their groups.
 *
 * As Docker does it: a number needs no entry in the files; with a group given, the supplementary
 * groups of the user are not taken; without one, they are, by the user's name.
 *
 * @param text `USER[:GROUP]`, each a name or a number; empty for root.
 * @param files The container's account files.
 * @returns The identity.
 * @throws {EngineError} `invalid`: a name has no entry, or a number is out of range.
 */
export function findIdentity(text: string, files: AccountFiles): Identity {
  const [userText = "", groupText = ""] = text.split(":", 2);
  const user = findUser(userText === "" ? "0" : userText, files);
  const { home, uid } = user;
  if (groupText !== "") {
    const gid = findGroup(groupText, files);
    return { uid, gid, home, groups: [gid] };
  }
  // The own group as well: a set-group-ID program would drop it otherwise, and with it what that
  // group is forbidden (CVE-2022-36109).
  const groups = user.name === undefined ? [] : groupsOf(user.name, files);
  return { uid, gid: user.gid, home, groups: [...new Set([...groups, user.gid])] };
}

interface User {
  uid: number;
  gid: number;
  home: string;
  name?: string;
}

function findUser(text: string, files: AccountFiles): User {
  const wanted = parseId(text);
  for (const [name = "", , uidText, gidText, , home] of fields(files.passwd)) {
    const [uid, gid] = [entryId(uidText), entryId(gidText)];
    // A number means the number, also where some user has it for a name.
    const matches = wanted === undefined ? name === text : uid === wanted;
    if (matches && uid !== undefined && gid !== undefined) {
      return { name, uid, gid, home: home || "/" };
    }
  }
  if (wanted === undefined) {
    throw new EngineError(`unable to find user ${text}: no matching entries in passwd file`, {
      kind: "invalid",
    });
  }
  return { uid: wanted, gid: 0, home: "/" };
}

/**
 * Finds a group's number.
 *
 * @param text A name or a number.
 * @param files The container's account files.
 * @returns The number.
 * @throws {EngineError} `invalid`: a name has no entry, or a number is out of range.
 */
export function findGroup(text: string, files: AccountFiles): number {
  const wanted = parseId(text);
  if (wanted !== undefined) return wanted;
  for (const [name, , gidText] of fields(files.group)) {
    const gid = entryId(gidText);
    if (name === text && gid !== undefined) return gid;
  }
  throw new EngineError(`unable to find group ${text}: no matching entries in group file`, {
    kind: "invalid",
  });
}

function groupsOf(user: string, files: AccountFiles): number[] {
  return fields(files.group)
    .filter(([, , , members]) => members?.split(",").includes(user))
    .flatMap(([, , gid]) => entryId(gid) ?? []);
}

function fields(text: string): string[][] {
  return text.split("\n")
    .filter((line) => line.includes(":") && !line.startsWith("#"))
    .map((line) => line.trim().split(":"));
}

/** A number of an account file; an entry without a usable one is as good as none. */
function entryId(text = ""): number | undefined {
  return /^\d+$/.test(text) && Number(text) <= LARGEST_ID ? Number(text) : undefined;
}

function parseId(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const id = Number(text);
  if (id > LARGEST_ID) {
    throw new EngineError(
      `uids and gids must be in range 0-${LARGEST_ID}: current value is ${text}`,
      { kind: "invalid" },
    );
  }
  return id;
}
