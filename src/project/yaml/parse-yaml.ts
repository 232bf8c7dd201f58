import type { Alias, Node, Pair, Scalar as YamlScalar, YAMLMap, YAMLParseError, YAMLSeq } from 'yaml';
import type * as YamlModule from './yaml-library.ts';
import type { Problems } from '../problem.ts';
import { resolveScalar } from './resolve-scalar.ts';
import { listOf, mappingOf, type Entry, type Scalar, type Source, type Tree } from './tree.ts';

/** The most that aliases may expand to; a file that a person wrote has a few thousand nodes. */
const nodeLimit = 100_000;

const tooDeep = 'its values are nested too deeply';

interface YamlSource {
  readonly file: string;
  readonly baseDirectory: string;
}

/** Reads a file that has to be one YAML document. Undefined if it is empty or has problems. */
export async function parseYaml(
  text: string,
  source: YamlSource,
  problems: Problems,
): Promise<Tree | undefined> {
  const [tree, second] = await parseYamlDocuments(text, source, problems);
  if (second !== undefined)
    problems.add(second.place, '', 'is a second YAML document: this file may hold one, without a line "---"');
  return tree;
}

/** Reads every YAML document of a file, without the empty ones. With problems the result is not whole. */
export async function parseYamlDocuments(
  text: string,
  { file, baseDirectory }: YamlSource,
  problems: Problems,
): Promise<Tree[]> {
  const yaml = await import('./yaml-library.ts');
  const lines = new yaml.LineCounter();
  const documents = yaml.parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: true,
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'silent',
  });
  const placeAt = (offset: number): Source => {
    const { line, col } = lines.linePos(offset);
    return { file, baseDirectory, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  return documents.flatMap(({ errors, contents }) => {
    // The parser catches an overflow of its own stack, at a depth that depends on the machine.
    if (errors.some(({ message }) => message.includes('call stack'))) {
      problems.add(placeAt(0), '', tooDeep);
      return [];
    }
    // The parser misreads everything after a tab: further errors mislead.
    const tabs = errors.filter(({ code }) => code === 'TAB_AS_INDENT');
    for (const error of tabs.length > 0 ? tabs : errors)
      problems.add(placeAt(error.pos[0]), '', `not valid YAML: ${describeError(error, text)}`);
    const isEmpty = contents === null || (yaml.isScalar(contents) && contents.source === '');
    if (errors.length > 0 || isEmpty) return [];
    const builder = new TreeBuilder(yaml, placeAt, problems);
    const tree = buildTree(builder, contents, placeAt(0), problems);
    if (tree === undefined) return [];
    if (tree.size <= nodeLimit) return [tree];
    problems.add(tree.place, '', `its aliases expand to more than ${nodeLimit.toString()} values`);
    return [];
  });
}

type ParserError = Pick<YAMLParseError, 'code' | 'message' | 'pos'>;

/** The parser's words, with a way out where people need it most. */
function describeError({ code, message, pos }: ParserError, text: string): string {
  const [said = ''] = message.split('\n', 1);
  if (code === 'BLOCK_AS_IMPLICIT_KEY')
    return /^[^\n]*:(?:\s|$)/.test(text.slice(pos[0]))
      ? `${said}: text with ": " in it needs quotes around it`
      : `${said}: the next line is indented further, as if it continued this one`;
  if (code !== 'DUPLICATE_KEY') return said;
  const [key = ''] = /^[^\s:]+|^"[^"\n]*"/.exec(text.slice(pos[0])) ?? [];
  return key === '<<' ? `${said}: write one <<: [*one, *other]` : `${said}: ${key} is there already`;
}

function buildTree(builder: TreeBuilder, root: Node, place: Source, problems: Problems): Tree | undefined {
  try {
    return builder.build(root);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.add(place, '', tooDeep);
    return undefined;
  }
}

type Yaml = Pick<typeof YamlModule, 'isAlias' | 'isMap' | 'isSeq' | 'isScalar'>;

class TreeBuilder {
  readonly #yaml: Yaml;
  readonly #placeAt: (offset: number) => Source;
  readonly #problems: Problems;
  readonly #anchors = new Map<string, Tree>();

  constructor(yaml: Yaml, placeAt: (offset: number) => Source, problems: Problems) {
    this.#yaml = yaml;
    this.#placeAt = placeAt;
    this.#problems = problems;
  }

  build(node: Node | null, keyPlace?: Source): Tree {
    if (node === null) return nullAt(keyPlace ?? this.#placeAt(0));
    if (this.#yaml.isAlias(node)) return this.#resolve(node);
    const tree = this.#convert(node, keyPlace);
    const anchor = (node as { readonly anchor?: string }).anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, tree);
    return tree;
  }

  #place(node: Node): Source {
    return this.#placeAt(node.range?.[0] ?? 0);
  }

  #resolve(alias: Alias): Tree {
    const place = this.#place(alias);
    const target = this.#anchors.get(alias.source);
    if (target === undefined)
      this.#problems.add(place, '', `the alias *${alias.source} stands before or inside its anchor`);
    return target ?? nullAt(place);
  }

  #convert(node: Node, keyPlace: Source | undefined): Tree {
    const tag = node.tag === '!reset' ? 'reset' : node.tag === '!override' ? 'override' : undefined;
    if (this.#yaml.isMap(node)) return { ...this.#mapping(node, keyPlace ?? this.#place(node)), tag };
    if (this.#yaml.isSeq(node)) return { ...this.#list(node, keyPlace ?? this.#place(node)), tag };
    return { ...this.#scalar(node as YamlScalar, keyPlace), tag };
  }

  #list(node: YAMLSeq, place: Source): Tree {
    const items = (node.items as (Node | null)[]).map(item => this.build(item));
    // `!reset` removes a key of an earlier file; an item of a list has no key, and is left out.
    return listOf(
      items.filter(({ tag }) => tag !== 'reset'),
      place,
    );
  }

  #mapping(node: YAMLMap, place: Source): Tree {
    const own = new Map<string, Entry>();
    const merged: Tree[] = [];
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const keyPlace = this.#place(key);
      const name = this.#yaml.isScalar(key) ? String(key.value) : undefined;
      if (name === undefined) this.#problems.add(keyPlace, '', 'a key has to be plain text');
      else if (name === '<<' && (key as YamlScalar).type === 'PLAIN')
        merged.push(this.build(value, keyPlace));
      else own.set(name, { key: keyPlace, value: this.build(value, keyPlace) });
    }
    return mappingOf(this.#mergeInto(own, merged), place);
  }

  /** `<<`: the mapping's own keys override merged ones, and earlier merged ones override later ones. */
  #mergeInto(own: Map<string, Entry>, merged: readonly Tree[]): Map<string, Entry> {
    const sources = merged.flatMap(tree => (tree.kind === 'list' ? tree.items : [tree]));
    const entries = new Map<string, Entry>();
    for (const source of sources) {
      if (source.kind === 'mapping')
        for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
      if (source.kind !== 'mapping')
        this.#problems.add(source.place, '', '<< merges mappings, and this is none');
    }
    for (const [key, entry] of own) entries.set(key, entry);
    return entries;
  }

  #scalar(node: YamlScalar, keyPlace: Source | undefined): Scalar {
    const text = typeof node.value === 'string' ? node.value : '';
    const isPlain =
      node.type === 'PLAIN' &&
      (node.tag === undefined || node.tag.startsWith('!r') || node.tag.startsWith('!o'));
    const isTyped = ['tag:yaml.org,2002:int', 'tag:yaml.org,2002:float', 'tag:yaml.org,2002:bool'].includes(
      node.tag ?? '',
    );
    const value = isPlain || isTyped ? resolveScalar(text) : text;
    const place = text === '' && keyPlace !== undefined ? keyPlace : this.#place(node);
    return { kind: 'scalar', value, text, isInterpolated: false, place, size: 1 };
  }
}

const nullAt = (place: Source): Scalar => ({
  kind: 'scalar',
  value: null,
  text: '',
  isInterpolated: false,
  place,
  size: 1,
});
