/** Compiled code in a file, as V8 makes it of the sources: compiling them again takes longer than most commands do otherwise. */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { errnoOf } from '../../core/errors.ts';

const digestLength = 32;
/** V8 copies what does not begin at such a multiple of bytes. */
const alignment = 8;

const digestOf = (content: Uint8Array): Buffer => createHash('sha256').update(content).digest();
const toAligned = (length: number): number => Math.ceil(length / alignment) * alignment;

/** Names of the parts, and their lengths in bytes, in the order in which they follow. */
type Index = readonly (readonly [name: string, length: number])[];

/** `digest of the rest, length of the index, index as JSON, parts`; each part begins at a multiple of `alignment`. */
function encode(parts: ReadonlyMap<string, Buffer>): Buffer {
  const index = [...parts].map(([name, { length }]) => [name, length] as const) satisfies Index;
  const text = Buffer.from(JSON.stringify(index));
  const head = Buffer.alloc(toAligned(digestLength + 4 + text.length));
  head.writeUInt32LE(text.length, digestLength);
  text.copy(head, digestLength + 4);
  const padded = [...parts.values()].map(part => Buffer.concat([part], toAligned(part.length)));
  const whole = Buffer.concat([head, ...padded]);
  digestOf(whole.subarray(digestLength)).copy(whole);
  return whole;
}

/** Returns nothing where the content is not whole: V8 ends the process over code that is damaged. */
function decode(whole: Buffer): Map<string, Buffer> {
  const parts = new Map<string, Buffer>();
  if (whole.length < digestLength + 4) return parts;
  if (!digestOf(whole.subarray(digestLength)).equals(whole.subarray(0, digestLength))) return parts;
  const textEnd = digestLength + 4 + whole.readUInt32LE(digestLength);
  let at = toAligned(textEnd);
  for (const [name, length] of JSON.parse(whole.toString('utf8', digestLength + 4, textEnd)) as Index) {
    parts.set(name, whole.subarray(at, at + length));
    at += toAligned(length);
  }
  return parts;
}

/** Carries out `action`, which may fail: what is kept can be made again. */
function ifPossible<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

export interface KeptCodeOptions {
  /** User id that the file has to belong to, which is run as code; undefined where the system has no such ids. */
  readonly owner: number | undefined;
  /** The most files that its directory keeps, of those that have code: every build has its own. */
  readonly mostFiles: number;
}

/** Code of scripts that are loaded together. No failure to read or write it is reported. */
export class KeptCode {
  readonly #file: string | undefined;
  readonly #owner: number | undefined;
  readonly #mostFiles: number;
  readonly #parts: Map<string, Buffer>;
  readonly #scripts = new Map<string, vm.Script>();
  #isComplete = true;

  /** `file`: undefined where nothing is kept. */
  constructor(file: string | undefined, { owner, mostFiles }: KeptCodeOptions) {
    this.#file = file;
    this.#owner = owner;
    this.#mostFiles = mostFiles;
    const read = file === undefined ? undefined : ifPossible(() => this.#read(file));
    this.#parts = read ?? new Map<string, Buffer>();
  }

  #read(file: string): Map<string, Buffer> {
    const handle = fs.openSync(
      file,
      fs.constants.O_RDONLY | ((fs.constants.O_NONBLOCK as number | undefined) ?? 0),
    );
    try {
      const facts = fs.fstatSync(handle);
      return facts.isFile() && this.#isOwn(facts)
        ? decode(fs.readFileSync(handle))
        : new Map<string, Buffer>();
    } finally {
      fs.closeSync(handle);
    }
  }

  #isOwn({ uid }: fs.Stats): boolean {
    return this.#owner === undefined || uid === this.#owner;
  }

  /** Compiles `source`, which begins at its second line, with the code that is kept under `name` if that is of the same source and the same V8. */
  compile(name: string, source: string, filename: string): vm.Script {
    const cachedData = this.#parts.get(name);
    const script = new vm.Script(source, { filename, lineOffset: -1, cachedData });
    if (script.cachedDataRejected !== false) this.#isComplete = false;
    this.#scripts.set(name, script);
    return script;
  }

  /** True where all that was compiled was kept. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * Writes the code of what was compiled, with the functions that have run since, if any of it was not kept. The directory is
   * created (mode 0700), and older files go from it. In a directory of another user nothing is touched: a program that runs as root
   * leaves that as it is.
   */
  save(): void {
    const file = this.#file;
    if (file === undefined || this.#isComplete) return;
    ifPossible(() => {
      this.#write(file);
    });
  }

  #write(file: string): void {
    const directory = path.dirname(file);
    if (!this.#isOwn(fs.statSync(nearestDirectory(directory)))) return;
    for (const [name, script] of this.#scripts) this.#parts.set(name, script.createCachedData());
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const staged = `${file}.${randomBytes(6).toString('hex')}.new`;
    try {
      fs.writeFileSync(staged, encode(this.#parts), { mode: 0o600, flag: 'wx', flush: true });
      fs.renameSync(staged, file);
    } catch (error) {
      fs.rmSync(staged, { force: true });
      throw error;
    }
    keepNewest(directory, this.#mostFiles);
  }
}

/** The directory, or the nearest one above it that exists. */
function nearestDirectory(directory: string): string {
  const above = path.dirname(directory);
  return fs.existsSync(directory) || above === directory ? directory : nearestDirectory(above);
}

/** Removes all but the `count` files of `directory` with code that were written last. */
function keepNewest(directory: string, count: number): void {
  const files = fs
    .readdirSync(directory)
    .filter(name => /\.code(\.\w+\.new)?$/.test(name))
    .map(name => path.join(directory, name));
  const ages = files.map(file => ({ file, writtenMs: fs.lstatSync(file).mtimeMs }));
  for (const { file } of ages.sort((a, b) => b.writtenMs - a.writtenMs).slice(count))
    fs.rmSync(file, { force: true });
}
