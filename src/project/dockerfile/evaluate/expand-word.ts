/** Words as instructions take them: quotes taken off, variables replaced, escapes undone (buildkit, shell/lex.go). */

export interface WordContext {
  readonly lookup: (name: string) => string | undefined;
  /** The `escape` directive's sign. */
  readonly escape: string;
}

/** Says why the builder refuses a word. */
export class WordError extends Error {
  override readonly name = 'WordError';
  /** True for a form that newer builders have. */
  readonly isNewerForm: boolean;

  constructor(message: string, { isNewerForm = false }: { readonly isNewerForm?: boolean } = {}) {
    super(message);
    this.isNewerForm = isNewerForm;
  }
}

/** Throws WordError. */
export function expandWord(text: string, context: WordContext): string {
  return new WordReader(text, context).readUntil(undefined);
}

class WordReader {
  readonly #chars: readonly string[];
  readonly #context: WordContext;
  #at = 0;

  constructor(text: string, context: WordContext) {
    this.#chars = Array.from(text);
    this.#context = context;
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #take(): string {
    const char = this.#peek() ?? '';
    this.#at += 1;
    return char;
  }

  /** Reads to the end, or to `stop`, which is taken too. */
  readUntil(stop: string | undefined): string {
    let text = '';
    while (this.#peek() !== undefined) {
      if (this.#peek() === stop) {
        this.#take();
        return text;
      }
      if (this.#peek() === "'") text += this.#readSingleQuoted();
      else if (this.#peek() === '"') text += this.#readDoubleQuoted();
      else if (this.#peek() === '$') text += this.#readVariable();
      else {
        const char = this.#take();
        text += char === this.#context.escape ? this.#take() : char;
      }
    }
    if (stop !== undefined) throw new WordError(`"\${" without "${stop}"`);
    return text;
  }

  #readSingleQuoted(): string {
    this.#take();
    let text = '';
    while (this.#peek() !== "'") {
      if (this.#peek() === undefined) throw new WordError("' without a second one");
      text += this.#take();
    }
    this.#take();
    return text;
  }

  /** Within them only quotes, dollars and the escape sign itself can be escaped. */
  #readDoubleQuoted(): string {
    const { escape } = this.#context;
    this.#take();
    let text = '';
    while (this.#peek() !== '"') {
      if (this.#peek() === undefined) throw new WordError('" without a second one');
      if (this.#peek() === '$') text += this.#readVariable();
      else {
        const char = this.#take();
        const isEscape = char === escape && ['"', '$', escape].includes(this.#peek() ?? '');
        if (char === escape && this.#peek() === undefined) continue;
        text += isEscape ? this.#take() : char;
      }
    }
    this.#take();
    return text;
  }

  #readVariable(): string {
    const { lookup } = this.#context;
    this.#take();
    if (this.#peek() !== '{') {
      const name = this.#readName();
      return name === '' ? '$' : (lookup(name) ?? '');
    }
    this.#take();
    const name = this.#readName();
    const sign = this.#take();
    if (name === '') throw new WordError('"${" without a name');
    if (sign === '}') return lookup(name) ?? '';
    const operator = sign === ':' ? this.#take() : sign;
    if (operator !== '-' && operator !== '+' && operator !== '?')
      throw new WordError(
        `\${${name}${sign} is not a variable: write it like \${NAME} or \${NAME:-default}`,
        { isNewerForm: sign === '#' || sign === '%' || sign === '/' },
      );
    const word = this.readUntil('}');
    const value = lookup(name);
    const isGiven = sign === ':' ? (value ?? '') !== '' : value !== undefined;
    if (operator === '+') return isGiven ? word : '';
    if (operator === '-') return isGiven ? (value ?? '') : word;
    if (!isGiven) throw new WordError(`the variable ${name} is required${word === '' ? '' : `: ${word}`}`);
    return value ?? '';
  }

  /** Letters, digits and `_`; digits alone, or one of the shell's special parameters. */
  #readName(): string {
    const rest = this.#chars.slice(this.#at).join('');
    const name = /^(?:\d+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(rest)?.[0] ?? '';
    this.#at += Array.from(name).length;
    return name;
  }
}
