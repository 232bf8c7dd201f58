import type { ErrorObject } from 'ajv';
import { findNearest } from '../../../core/nearest.ts';
import type { Problems } from '../../problem.ts';
import { resolveScalar } from '../../yaml/resolve-scalar.ts';
import { childOf, plainOf, type Source, type Tree } from '../../yaml/tree.ts';

/** Checks one compose file against the specification's schema; every deviation becomes one problem with its place. */
export async function checkSchema(tree: Tree, problems: Problems): Promise<void> {
  // Half of the reader's code: a project without a compose file does without.
  const { loadSchemaValidator } = await import('./schema-validator.ts');
  const validate = await loadSchemaValidator();
  const errors = validate(plainOf(tree));
  const byPath = new Map<string, ErrorObject[]>();
  for (const error of errors)
    byPath.set(error.instancePath, [...(byPath.get(error.instancePath) ?? []), error]);
  for (const [path, found] of byPath) {
    const at = locate(tree, path);
    const isAlternative = found.some(({ keyword }) => keyword === 'oneOf');
    // Among alternatives, the intended one is the one whose type fits: only its other errors count.
    const isMeant = errors.some(it => it.instancePath.startsWith(`${path}/`)) || found.some(isDetailed);
    const details = found.filter(isDetailed);
    for (const error of details) {
      const isLooseService = at.subject === '' && isServiceLike(error, at.tree);
      const advice = isLooseService ? ': a service stands under "services:"' : '';
      problems.add(placeOf(error, at), at.subject, describe(error, at.tree) + advice);
    }
    const types = found.filter(({ keyword }) => keyword === 'type').flatMap(typesOf);
    if (types.length > 0 && !(isAlternative && isMeant) && !isFittingVariable(at.tree, types))
      problems.add(at.tree.place, at.subject, describeType(types, at));
  }
}

interface Located {
  readonly tree: Tree;
  readonly subject: string;
}

/** True for an unknown key of the file with a service below it, as files of the first version have them. */
function isServiceLike({ params }: ErrorObject, tree: Tree): boolean {
  const key = (params as { readonly additionalProperty?: string }).additionalProperty;
  const value = key === undefined ? undefined : childOf(tree, key);
  return childOf(value, 'image') !== undefined || childOf(value, 'build') !== undefined;
}

const isDetailed = ({ keyword }: ErrorObject): boolean => keyword !== 'oneOf' && keyword !== 'type';

const typesOf = ({ params }: ErrorObject): string[] =>
  [(params as { readonly type: string | string[] }).type].flat().flatMap(it => it.split(','));

function locate(root: Tree, instancePath: string): Located {
  let tree = root;
  let subject = '';
  for (const part of instancePath.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    const next =
      tree.kind === 'list'
        ? tree.items[Number(key)]
        : tree.kind === 'mapping'
          ? tree.entries.get(key)?.value
          : undefined;
    if (next === undefined) break;
    subject = tree.kind === 'list' ? `${subject}[${key}]` : subject === '' ? key : `${subject}.${key}`;
    tree = next;
  }
  return { tree, subject };
}

function placeOf({ keyword, params }: ErrorObject, { tree }: Located): Source {
  const { additionalProperty, i } = params as { readonly additionalProperty?: string; readonly i?: number };
  if (keyword === 'additionalProperties' && tree.kind === 'mapping')
    return tree.entries.get(additionalProperty ?? '')?.key ?? tree.place;
  if (keyword === 'uniqueItems' && tree.kind === 'list') return tree.items[i ?? 0]?.place ?? tree.place;
  return tree.place;
}

function describe({ keyword, params, parentSchema, message }: ErrorObject, tree: Tree): string {
  const value = tree.kind === 'scalar' ? String(tree.value) : '';
  const known = params as Record<string, unknown>;
  switch (keyword) {
    case 'additionalProperties':
      return describeUnknownKey(String(known['additionalProperty']), parentSchema);
    case 'required':
      return `lacks ${JSON.stringify(known['missingProperty'])}`;
    case 'enum': {
      const allowed = (known['allowedValues'] as unknown[]).map(String);
      return `${JSON.stringify(value)} is not one of ${allowed.join(', ')}${suggest(value, allowed)}`;
    }
    case 'pattern':
      return `${JSON.stringify(value)} is not of the form ${String(known['pattern'])}`;
    case 'uniqueItems': {
      const item = tree.kind === 'list' ? tree.items[Number(known['i'])] : undefined;
      return item?.kind === 'scalar' ? `${JSON.stringify(item.text)} is listed twice` : 'is listed twice';
    }
    default:
      return message ?? 'is not as compose has it';
  }
}

function describeUnknownKey(key: string, schema: ErrorObject['parentSchema']): string {
  const names = Object.keys((schema?.['properties'] ?? {}) as object);
  if (names.length > 0) return `unknown key ${JSON.stringify(key)}${suggest(key, names)}`;
  return `${JSON.stringify(key)} is not a name: use letters, digits, ".", "_" and "-"`;
}

function suggest(typed: string, known: readonly string[]): string {
  const nearest = findNearest(typed, known);
  return nearest === undefined ? '' : `: did you mean ${JSON.stringify(nearest)}?`;
}

const typeWords: Record<string, string> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'empty',
};

/** Keys whose text is a duration, which a number alone is not. */
const isDuration = (subject: string): boolean =>
  /\.(?:interval|timeout|start_period|start_interval|stop_grace_period|delay|window)$/.test(subject);

/** Keys that people set for a service, and then indent like one. */
const looseKey =
  /^services\.(?:build|cap_add|command|container_name|depends_on|deploy|devices|entrypoint|env_file|environment|expose|healthcheck|image|labels|logging|network_mode|networks|ports|privileged|restart|tmpfs|tty|user|volumes|working_dir)$/;

function describeType(types: readonly string[], located: Located): string {
  const advice = looseKey.test(located.subject) ? ': indent it as the keys of the service above' : '';
  return describeWrongType(types, located) + advice;
}

function describeWrongType(types: readonly string[], { tree, subject }: Located): string {
  const wanted = [...new Set(types)].map(type => typeWords[type] ?? type).join(' or ');
  if (tree.kind !== 'scalar') return `has to be ${wanted}, and is a ${tree.kind}`;
  if (tree.value === null) return `has to be ${wanted}, and is empty`;
  if (typeof tree.value === 'number' && isDuration(subject))
    return `has to be a duration: write it like ${tree.text}s`;
  const shouldQuote = typeof tree.value !== 'string' && types.includes('string');
  return `has to be ${wanted}: ${shouldQuote ? `write "${tree.text}" in quotes` : `${JSON.stringify(tree.value)} is not`}`;
}

/** True for `${COUNT:-3}` in place of a number: the text is converted to the type of the place. */
function isFittingVariable(tree: Tree, types: readonly string[]): boolean {
  if (tree.kind !== 'scalar' || !tree.isInterpolated) return false;
  const type = typeof resolveScalar(tree.text);
  return types.includes(type) || (type === 'number' && types.includes('integer'));
}
