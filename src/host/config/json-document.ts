/** JSON text with the place of every value, so that an edit changes the bytes of one value and no other. */

export type JsonNode =
  | {
      readonly kind: 'object';
      readonly start: number;
      readonly end: number;
      readonly members: readonly JsonMember[];
    }
  | {
      readonly kind: 'array';
      readonly start: number;
      readonly end: number;
      readonly items: readonly JsonNode[];
    }
  | { readonly kind: 'scalar'; readonly start: number; readonly end: number };

export interface JsonMember {
  readonly key: string;
  /** Offset of the key's opening quote. */
  readonly start: number;
  readonly value: JsonNode;
}

/** Text that is not JSON; `line` and `column` count from 1, the column in characters. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly line: number;
  readonly column: number;

  constructor(text: string, offset: number, problem: string) {
    super(problem);
    const before = text.slice(0, offset).split('\n');
    this.line = before.length;
    this.column = Array.from(before.at(-1) ?? '').length + 1;
  }
}

/** Deeper than any configuration, and far from the end of the stack. */
const maxDepth = 256;

const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
// eslint-disable-next-line no-control-regex -- JSON forbids control characters inside of strings
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const blank = /[ \t\r\n]*/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readDocument(): JsonNode {
    const node = this.#readValue(0);
    this.#skipBlank();
    if (this.#at < this.#text.length) this.#fail('nothing may follow the value');
    return node;
  }

  #fail(problem: string): never {
    throw new JsonSyntaxError(this.#text, this.#at, problem);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #skipBlank(): void {
    this.#match(blank);
  }

  /** Takes `character` after blanks, if it is next. */
  #take(character: string): boolean {
    this.#skipBlank();
    const isNext = this.#text[this.#at] === character;
    if (isNext) this.#at += 1;
    return isNext;
  }

  #readValue(depth: number): JsonNode {
    if (depth > maxDepth) this.#fail('it is nested too deeply');
    this.#skipBlank();
    const start = this.#at;
    if (this.#take('{')) return this.#readObject(start, depth);
    if (this.#take('[')) return this.#readArray(start, depth);
    if (this.#match(string) === undefined && this.#match(scalar) === undefined)
      this.#fail(start === this.#text.length ? 'the text ends too early' : 'a value is expected');
    return { kind: 'scalar', start, end: this.#at };
  }

  #readObject(start: number, depth: number): JsonNode {
    const members: JsonMember[] = [];
    if (!this.#take('}'))
      for (;;) {
        members.push(this.#readMember(depth));
        if (this.#take('}')) break;
        if (!this.#take(',')) this.#fail('a comma or } is expected');
      }
    return { kind: 'object', start, end: this.#at, members };
  }

  #readMember(depth: number): JsonMember {
    this.#skipBlank();
    const start = this.#at;
    const quoted = this.#match(string);
    if (quoted === undefined) this.#fail('a key in double quotes is expected');
    if (!this.#take(':')) this.#fail('a colon is expected');
    return { key: JSON.parse(quoted) as string, start, value: this.#readValue(depth + 1) };
  }

  #readArray(start: number, depth: number): JsonNode {
    const items: JsonNode[] = [];
    if (!this.#take(']'))
      for (;;) {
        items.push(this.#readValue(depth + 1));
        if (this.#take(']')) break;
        if (!this.#take(',')) this.#fail('a comma or ] is expected');
      }
    return { kind: 'array', start, end: this.#at, items };
  }
}

/** Throws JsonSyntaxError. Accepts exactly what JSON.parse accepts, up to 256 levels. */
export const parseJson = (text: string): JsonNode => new Reader(text).readDocument();

/** The node at `path`; of several members with one key the last counts, as for every reader of JSON. */
export function findNode(root: JsonNode, path: readonly string[]): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const key of path) {
    if (node?.kind !== 'object') return undefined;
    node = node.members.findLast(member => member.key === key)?.value;
  }
  return node;
}
