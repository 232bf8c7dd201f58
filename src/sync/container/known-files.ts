/**
 * Records what is known of a container's files, and asks the container for the rest. After an apply that failed, its
 * paths are read again.
 */
import { posix } from 'node:path';
import { directoriesOf, RealPaths } from '../decide/real-paths.ts';
import { isTemporary, parentOf } from '../transport/mount-points.ts';
import type { Found, Transport } from '../transport/transport.ts';

/** A path in the container that something goes to. */
export interface TargetPath {
  readonly path: string;
  readonly isDirectory: boolean;
}

type Links = ReadonlyMap<string, string | undefined>;

const onlyLinks = (links: Links): ReadonlyMap<string, string> =>
  new Map([...links].flatMap(([path, target]) => (target === undefined ? [] : [[path, target]])));

const absoluteTarget = (path: string, target: string | undefined): string | undefined =>
  target === undefined ? undefined : posix.resolve(parentOf(path), target);

export class KnownFiles {
  readonly #known = new Map<string, Found>();
  /** Paths of which an apply that failed may have left anything. */
  readonly #unsure = new Set<string>();
  /** Paths that were asked about → what the link there says; undefined for what is no link. */
  readonly #links = new Map<string, string | undefined>();
  #isCompared = false;

  /** Returns what the container has, by path. */
  get known(): ReadonlyMap<string, Found> {
    return this.#known;
  }

  /** Returns the links on the way to targets, by path. */
  get links(): ReadonlyMap<string, string> {
    return onlyLinks(this.#links);
  }

  /** Returns how many paths of the container are kept in sync. */
  get pathCount(): number {
    return [...this.#known.values()].filter(found => found !== 'nothing').length;
  }

  /** True if `known` is what the container has. */
  get isCompared(): boolean {
    return this.#isCompared;
  }

  /** The container may have anything from now on. */
  forget(): void {
    this.#isCompared = false;
  }

  /** Forgets if something known is on a tmpfs, which the container has lost if it has started again. */
  forgetIfLost({ kind, mounts }: Transport): void {
    const there = [...this.#known].filter(([, found]) => found !== 'nothing');
    if (kind === 'shell' && there.some(([path]) => isTemporary(mounts, path))) this.forget();
  }

  learn(path: string, found: Found): void {
    this.#known.set(path, found);
    if (!this.#links.has(path)) return;
    const isLink = typeof found === 'object' && found.kind === 'symlink';
    this.#links.set(path, isLink ? absoluteTarget(path, found.target) : undefined);
  }

  doubt(path: string): void {
    this.#unsure.add(path);
  }

  /** Asks the container what it has at `paths`. */
  async read(transport: Transport, paths: readonly string[], signal: AbortSignal): Promise<void> {
    if (paths.length === 0) return;
    const found = await transport.read(paths, signal);
    for (const [i, path] of paths.entries()) this.learn(path, found[i] ?? 'nothing');
  }

  async readUnsure(transport: Transport, signal: AbortSignal): Promise<void> {
    await this.read(transport, [...this.#unsure], signal);
    this.#unsure.clear();
  }

  /** Asks the container what it has at `paths`, and at every path that was known before. */
  async compare(transport: Transport, paths: Iterable<string>, signal: AbortSignal): Promise<void> {
    await this.read(transport, [...new Set([...paths, ...this.#known.keys()])], signal);
    this.#unsure.clear();
    this.#isCompared = true;
  }

  /** Asks for the links on the way to `targets`. Where one has changed, the container has to be compared again. */
  async follow(transport: Transport, targets: readonly TargetPath[], signal: AbortSignal): Promise<void> {
    const asked = new Map<string, string | undefined>();
    for (;;) {
      const paths = new RealPaths(onlyLinks(asked), new Set());
      const seen = new Set<string>();
      for (const { path, isDirectory } of targets)
        paths.find(isDirectory ? path : parentOf(path), { followsLast: true, seen });
      const wanted = [...seen].filter(path => !asked.has(path));
      if (wanted.length === 0) break;
      const links = await transport.readLinks(wanted, signal);
      for (const [i, path] of wanted.entries()) asked.set(path, absoluteTarget(path, links[i]));
    }
    // An answer about a path behind a link is about another place.
    const isBehindLink = (path: string): boolean =>
      directoriesOf(path, { withItself: false }).some(it => asked.get(it) !== undefined);
    for (const path of [...asked.keys()]) if (isBehindLink(path)) asked.delete(path);
    for (const path of [...this.#links.keys()]) if (isBehindLink(path)) this.#links.delete(path);
    for (const [path, target] of asked) {
      if (this.#links.has(path) && this.#links.get(path) !== target) this.forget();
      this.#links.set(path, target);
    }
  }
}
