import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { OsError } from '../../../../src/core/errors.ts';
import { desire } from '../../../support/composition.ts';
import { read, warnings } from '../../../support/read-files.ts';
import { samples } from '../../../support/service-samples.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
}

const home = path.dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
const schema = JSON.parse(readFileSync(path.join(home, 'schemas/compose.schema.json'), 'utf8')) as {
  readonly definitions: Readonly<Record<string, Schema>>;
};

const resolve = (it: Schema): Schema =>
  it.$ref === undefined ? it : (schema.definitions[it.$ref.replace('#/definitions/', '')] ?? {});

/** The mapping form of a value, of an item of it, or of what stands under any name in it. */
function mappingOf(it: Schema): Schema | undefined {
  const { properties, oneOf = [], items, patternProperties = {} } = resolve(it);
  if (properties !== undefined) return resolve(it);
  const named = Object.entries(patternProperties).flatMap(([name, of]) => (name === '^x-' ? [] : [of]));
  for (const part of [...oneOf, ...(items ? [items] : []), ...named]) {
    const found = mappingOf(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

const parents = [
  '',
  'build',
  'deploy',
  'deploy.resources.limits',
  'deploy.resources.reservations',
  'deploy.restart_policy',
  'healthcheck',
  'logging',
  'blkio_config',
  'volumes',
  'ports',
  'networks',
  'depends_on',
  'secrets',
];

/** The paths of all keys of a service, some levels deep. */
function keysOf(parent: string): string[] {
  let at: Schema | undefined = schema.definitions['service'];
  for (const key of parent === '' ? [] : parent.split('.'))
    at = at === undefined ? undefined : mappingOf(mappingOf(at)?.properties?.[key] ?? {});
  assert.ok(at?.properties, parent);
  const names = Object.keys(at.properties);
  return names.map(name => (parent === '' ? name : `${parent}.${name}`)).filter(it => !parents.includes(it));
}

/** The service without the key, where it is not just the image. */
const linesWithout: readonly (readonly [RegExp, string])[] = [
  [/^build\./, 'build: {context: .}'],
  [/^networks\.priority/, 'networks: {m: {priority: 1}, n: {}}'],
  [/^networks\./, 'networks: {n: {}}'],
  [/^volumes\.(?:read_only|consistency|volume)/, 'volumes: [{type: volume, source: v, target: /x}]'],
  [/^volumes\.bind/, 'volumes: [{type: bind, source: /y, target: /x}]'],
  [/^volumes\.(?:tmpfs|type)/, 'volumes: [{type: tmpfs, target: /y}]'],
  [/^ports\.host_ip/, 'ports: [{target: 80, published: "1"}]'],
  [/^ports\.(?:target)/, ''],
  [/^ports\./, 'ports: [{target: 80}]'],
  [/^healthcheck\.(?!test|disable)/, 'healthcheck: {test: x}'],
  [/^depends_on\.(?:restart|required)/, 'depends_on: {db: {condition: service_started}}'],
  [/^secrets\.(?!source)/, 'secrets: [{source: s}]'],
  [/^deploy\.restart_policy\.max/, 'deploy: {restart_policy: {condition: on-failure}}'],
  [/^deploy\.restart_policy\.(?:delay|window)/, 'deploy: {restart_policy: {}}'],
];

/** Names for people and hints for other engines: compose itself does nothing with them. */
const meaningless = ['ports.name', 'ports.mode', 'ports.app_protocol', 'volumes.consistency'];

/** What the engine and live sync get of a service, or what a person reads about it. */
async function outcomeOf(line: string): Promise<{ effect: string; talk: string }> {
  const image = line.startsWith('image:') || line.startsWith('build:') ? '' : '    image: a\n';
  const compose = `services:
  db: {image: d, hostname: x}
  web:
${image}    ${line}
networks: {n: , m: }
volumes: {v: }
secrets: {s: {file: a.env}}
configs: {c: {file: a.env}}
models: {x: {model: y}}
`;
  const dockerfile = 'FROM a AS one\nFROM b\n';
  const tree = {
    'compose.yaml': compose,
    'a.env': 'A=b',
    Dockerfile: dockerfile,
    Other: `${dockerfile}#\n`,
    'sub/Dockerfile': dockerfile,
  };
  try {
    const project = await read(tree);
    const { services } = await desire({ ...project, services: project.services.map(withoutFiles) });
    const own = project.services.find(({ name }) => name === 'web');
    const build = own?.build && {
      ...own.build,
      contextDirectory: path.basename(own.build.contextDirectory),
      dockerfile: own.build.dockerfile.text,
    };
    const web = services
      .filter(({ service }) => service === 'web')
      .map(({ image: made, ...rest }) => [rest, build ?? made]);
    const effect = JSON.stringify([web, own?.watch.length, own?.secrets, own?.configs]);
    return { effect: effect.replaceAll(project.directory, '/p'), talk: warnings(project).join() };
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    return { effect: '', talk: error.message };
  }
}

/** Secrets and contexts are gone with the directory that they were read in. */
const withoutFiles = <T extends object>(service: T): T => ({
  ...service,
  secrets: [],
  configs: [],
  build: undefined,
});

describe('every key of a service', () => {
  it('has a sample here', () => {
    const missing = parents.flatMap(keysOf).filter(key => samples[key] === undefined);
    assert.deepEqual(missing, []);
  });

  it('reaches the engine, is refused or is warned of; none is read and dropped', async () => {
    const silent: string[] = [];
    const bases = new Map<string, Awaited<ReturnType<typeof outcomeOf>>>();
    for (const [key, line] of Object.entries(samples)) {
      const without = linesWithout.find(([pattern]) => pattern.test(key))?.[1] ?? '';
      const base = bases.get(without) ?? (await outcomeOf(without));
      bases.set(without, base);
      const { effect, talk } = await outcomeOf(line);
      const name = key.split('.').at(-1) ?? '';
      const isTold = talk !== base.talk && talk.includes(name);
      if (effect === base.effect && !isTold && !meaningless.includes(key)) silent.push(`${key}: ${talk}`);
      assert.ok(effect !== '' || isTold, `${key}: ${talk}`);
    }
    assert.deepEqual(silent, []);
  });
});
