/**
 * The one place that opens the C library.
 *
 * Each symbol is opened when it is first called: importing a wrapper costs nothing and needs no
 * permission, and a process pays only for the calls it makes. `Deno.dlopen` compiles a function for
 * each symbol, which takes it about 0.15 ms and makes a call a microsecond faster: worth it for what
 * is called often, and not for the two dozen calls that a command makes once each. So a symbol is
 * called through its address (0.01 ms to get) until it has been called often.
 *
 * @module
 */

/** A symbol's parameters and result, as `Deno.dlopen` takes them. */
export type Declaration = Omit<Deno.ForeignFunction, "name" | "optional">;

/** Opens each of the functions declared so far. */
const declared: (() => void)[] = [];

/**
 * Declares a libc function that is looked up at its first call.
 *
 * Calls are synchronous: they run on the calling thread, which is what per-thread state (`unshare`,
 * `setns`, `prctl`, identity) and `errno` need.
 *
 * @param name The symbol in libc.so.6.
 * @param declaration Its parameters and result; the C prototype belongs in a comment beside it.
 * @returns A function that calls the symbol.
 */
export function libc<const T extends Deno.ForeignFunction>(
  name: string,
  declaration: T,
): Deno.StaticForeignSymbol<T> {
  // deno-lint-ignore no-explicit-any -- the symbol's type is only known through `T`.
  let symbol: any;
  let calls = 0;
  const open = () => {
    if (symbol) return;
    // Before the first call of all: looked up after one that has failed, it would load a symbol in
    // between, which may leave a number of its own there.
    if (name !== ERRNO_LOCATION) prepareErrno();
    symbol = throughAddress(name, declaration);
  };
  declared.push(open);
  return ((...args: unknown[]) => {
    open();
    if (++calls === OFTEN) symbol = compiled(name, declaration);
    return symbol(...args);
  }) as Deno.StaticForeignSymbol<T>;
}

const ERRNO_LOCATION = "__errno_location";

/** A bare soname: glibc answers with the copy the process already has, also where the process has
 * entered a root without a libc of its own. */
const LIBRARY = "libc.so.6";
/** After this many calls, compiling has paid for itself. */
const OFTEN = 200;

function throughAddress(name: string, declaration: Deno.ForeignFunction): unknown {
  const pointer = new Deno.UnsafeFnPointer(
    lookUp(name) as Deno.PointerObject<never>,
    declaration,
  );
  return pointer.call.bind(pointer);
}

function lookUp(name: string): Deno.PointerValue {
  // What is declared as a static of type "pointer" is given as its address, and not read.
  return Deno.dlopen(LIBRARY, { symbol: { name, type: "pointer" } }).symbols.symbol;
}

/**
 * Looks a libc function up for the kernel to call.
 *
 * @param name The symbol in libc.so.6.
 * @returns Its address.
 */
export function libcAddress(name: string): bigint {
  return Deno.UnsafePointer.value(lookUp(name));
}

function compiled(name: string, declaration: Deno.ForeignFunction): unknown {
  return Deno.dlopen(LIBRARY, { symbol: { ...declaration, name } }).symbols.symbol;
}

/** Looks every declared symbol up now: for a process that has time now and will have none later. */
export function openLibc(): void {
  for (const open of declared) open();
}

// int *__errno_location(void);   one address per thread                               errno(3)
const errnoLocation = libc(ERRNO_LOCATION, { parameters: [], result: "pointer" });
let errnoView: Deno.UnsafePointerView | undefined;

/**
 * Reads `errno` of the calling thread.
 *
 * Only meaningful right after a synchronous call that failed. The runtime may overwrite it in
 * between, though rarely (1 in 3 million calls measured): where a wrong branch would do harm,
 * confirm by looking.
 *
 * @returns The error number.
 */
export function errno(): number {
  errnoView ??= new Deno.UnsafePointerView(errnoLocation()!);
  return errnoView.getInt32();
}

/** Looks `errno`'s address up ahead, so that the first failing call finds it untouched. */
export function prepareErrno(): void {
  errno();
}
