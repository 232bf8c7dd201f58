import { isSameNode, type Node } from '../tree/node.ts';

/** What a name was when the image was built; `unknown`: something else than now. */
type Former = Node | 'unknown' | undefined;

/** What stands for `name`, with a slash at the end of a directory's, when nobody knows more of it. */
export const goneNodeOf = (name: string): Node =>
  name.endsWith('/')
    ? { kind: 'directory' }
    : { kind: 'file', isExecutable: false, sizeBytes: 0, sha256: '' };

/** Which of a context's names have changed since the image was built of it. */
export class Unbuilt {
  #since = new Map<string, Former>();
  /** Those before the build that is running. */
  #before = new Map<string, Former>();

  add(name: string, former: Former): void {
    if (!this.#since.has(name)) this.#since.set(name, former);
  }

  /** What changes from now on may be too late for the image. */
  beginBuild(): void {
    this.#before = new Map([...this.#since, ...this.#before]);
    this.#since = new Map();
  }

  endBuild({ isBuilt }: { isBuilt: boolean }): void {
    if (!isBuilt) this.#since = new Map([...this.#since, ...this.#before]);
    this.#before = new Map();
  }

  list(nodes: ReadonlyMap<string, Node>): string[] {
    return [...this.#since].flatMap(([name, former]) =>
      former === 'unknown' || !isSameNode(former, nodes.get(name)) ? [name] : [],
    );
  }
}
