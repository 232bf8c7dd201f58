/** Finds out whether the files that are sent are what the plan says: a file may be rewritten, or gone, in that moment. */
import { createHash } from 'node:crypto';
import type { Node } from '../tree/node.ts';
import type { Change, OpenSource } from '../transport/change.ts';

export class SentFiles {
  readonly #openSource: OpenSource;
  #expected = new Map<string, string>();
  #others = new Set<string>();

  constructor(openSource: OpenSource) {
    this.#openSource = openSource;
  }

  /** Notes what `changes` are to send, by what the container has afterwards. */
  expect(changes: readonly Change[], outcome: ReadonlyMap<string, Node | 'nothing'>): void {
    this.#others = new Set();
    this.#expected = new Map(
      changes.flatMap(it => {
        const node = outcome.get(it.path);
        const isFile = it.do === 'write' && typeof node === 'object' && node.kind === 'file';
        return isFile ? [[it.name, node.sha256]] : [];
      }),
    );
  }

  /** Returns the names whose content was another one when it was sent, or that could not be read then. */
  get others(): ReadonlySet<string> {
    return this.#others;
  }

  /** Opens a file of the sources, and looks at what is read of it. */
  readonly open: OpenSource = async name => {
    const expected = this.#expected.get(name);
    const file = await this.#openSource(name);
    const noteOther = (): void => void this.#others.add(name);
    if (file === undefined) noteOther();
    if (file === undefined || expected === undefined) return file;
    return {
      sizeBytes: file.sizeBytes,
      async *chunks() {
        const hash = createHash('sha256');
        try {
          for await (const chunk of file.chunks()) {
            hash.update(chunk);
            yield chunk;
          }
        } catch (error) {
          noteOther();
          throw error;
        }
        if (hash.digest('hex') !== expected) noteOther();
      },
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    };
  };
}
