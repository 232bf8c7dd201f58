import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { OsError } from '../../../../src/core/errors.ts';
import { writeApp } from '../../../../src/supervisor/target/write-app.ts';
import { writeComposition } from '../../../../src/supervisor/target/write-composition.ts';
import { find, read } from '../../../support/read-files.ts';
import { fieldCases, type FieldCase } from '../../../support/recorded-supervisor.ts';

/** A compose file with what a case sent. */
const composeFile = ({ sent, networks, volumes }: FieldCase): string =>
  JSON.stringify({
    services: { main: { image: 'a' }, web: { image: 'a', ...sent } },
    networks,
    volumes: { data: {}, ...volumes },
  });

async function write(it: FieldCase) {
  const project = await read({ 'compose.yaml': composeFile(it) }, { profiles: ['x'] });
  const written = writeComposition(find(project, 'web'));
  const release = { commit: 'c', releaseId: 1, imageOf: () => 'a', labelsOf: () => ({}) };
  const { app, remarks } = writeApp(project, release);
  return {
    composition: written.composition,
    app,
    remarks: remarks.filter(({ service }) => service !== 'main'),
  };
}

/** The kind of a value: what decides whether a supervisor applies it. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(kindOf))].sort().join('|')}]`;
  if (typeof value === 'object' && value !== null) return 'object';
  return typeof value;
}

const applied = fieldCases.filter(it => it.verdict === 'ok');
const knownKinds = new Set(
  applied.flatMap(({ sent }) => Object.entries(sent).map(([key, value]) => `${key}: ${kindOf(value)}`)),
);
/** Effects that supervisors lose without a word, though the state is applied. */
const changed = [
  'ports "80"',
  'volumes bind absolute',
  'volumes long bind',
  'tmpfs with options',
  'restart on-failure:3',
  'security_opt label',
  'expose',
  'links',
  'stdin_open',
  'device_cgroup_rules',
  'runtime',
  'container_name',
  'logging',
  'volume external',
  'network external',
  'volumes named that no one declared',
];

describe('a service in a target state', () => {
  it('is written in forms alone that supervisors were seen to apply', async () => {
    for (const it of fieldCases) {
      let written;
      try {
        written = await write(it);
      } catch (error) {
        assert.ok(error instanceof OsError && error.code === 'project-invalid', it.name);
        continue;
      }
      for (const [key, value] of Object.entries(written.composition))
        assert.ok(
          knownKinds.has(`${key}: ${kindOf(value)}`),
          `${it.name} → ${key}: ${JSON.stringify(value)}`,
        );
    }
  });

  it('is never written as what makes a supervisor loop or hang', async () => {
    const refused = fieldCases.filter(it => it.verdict !== 'ok' && it.name !== 'labels gpu');
    assert.equal(refused.length, 13);
    for (const it of refused) {
      let written;
      try {
        written = await write(it);
      } catch (error) {
        assert.ok(error instanceof OsError && error.code === 'project-invalid', it.name);
        continue;
      }
      const isRefused = written.remarks.some(({ severity }) => severity === 'problem');
      const isRewritten = Object.entries(it.sent).every(
        ([key, value]) => !isDeepStrictEqual(written.composition[key], value),
      );
      assert.ok(isRefused || isRewritten, it.name);
    }
  });

  it('has a remark on each thing that a supervisor applies differently or drops', async () => {
    for (const name of changed) {
      const it = fieldCases.find(found => found.name === name);
      assert.ok(it, name);
      try {
        const { remarks } = await write(it);
        assert.ok(remarks.length > 0, name);
      } catch (error) {
        assert.ok(error instanceof OsError && error.code === 'project-invalid', name);
      }
    }
  });

  it('has no remark where everything is applied as it is written', async () => {
    for (const name of [
      'ports "8090:80"',
      'volumes named:ro',
      'networks aliases',
      'ulimits soft hard',
      'cpus 0.5',
    ]) {
      const it = fieldCases.find(found => found.name === name);
      assert.ok(it, name);
      assert.deepEqual((await write(it)).remarks, [], name);
    }
  });

  it('starts once and has no terminal where the compose file says nothing, unlike the defaults of a supervisor', async () => {
    const [plain] = fieldCases;
    assert.ok(plain);
    assert.deepEqual((await write(plain)).composition, { tty: false, restart: 'no' });
  });
});
