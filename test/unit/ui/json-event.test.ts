import { Ajv2020 } from 'ajv/dist/2020.js';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ScannedDevice } from '../../../src/discovery/scanned-device.ts';
import type { Plan } from '../../../src/release/plan.ts';
import type { JsonEvent } from '../../../src/ui/json-event.ts';
import { assertKnownEvents, eventSchema } from '../../support/event-schema.ts';
import { root } from '../../support/run-program.ts';

const plan: Plan = {
  project: 'shop',
  images: [
    { do: 'pull', service: 'db', reference: 'postgres:16', cause: 'the device does not have it' },
    {
      ...{ do: 'build', service: 'web', reference: 'shop-web', cause: 'its context changed: a.js' },
      reruns: [{ step: 2, instruction: 'COPY . .', cause: 'a.js changed', isCertain: true, further: 1 }],
    },
  ],
  shared: [
    { do: 'create-network', name: 'shop_default', cause: 'it is not there' },
    { do: 'create-volume', name: 'shop_data', cause: 'it is not there' },
    { do: 'remove-network', name: 'shop_default', id: '1', cause: 'its configuration changed' },
    { do: 'disconnect', name: 'shop_default', container: '1', cause: 'its configuration changed' },
  ],
  lanes: [
    {
      ...{ service: 'web', cause: 'its image changed' },
      after: [{ service: 'db', condition: 'service_healthy' }],
      steps: [
        { do: 'rename', id: '1', from: 'shop-web-1', to: 'old' },
        { do: 'create', name: 'shop-web-1', keptVolumes: [{ name: 'v', destination: '/data' }] },
        { do: 'connect', name: 'shop-web-1', network: 'shop_back', endpoint: { Aliases: ['web'] } },
        { do: 'put-files', name: 'shop-web-1', paths: ['/run/secrets/a'] },
        { do: 'start', id: 'new', name: 'shop-web-1' },
      ],
      undo: [{ do: 'remove', id: 'new', name: 'shop-web-1' }],
    },
  ],
  orphans: [{ id: '1', name: 'shop-old-1', isRemoved: false }],
  notes: ['a note'],
};

const probing: ScannedDevice = {
  ...{ key: 'k', name: 'mydevice', host: 'mydevice.local', addresses: ['10.0.0.5'], interfaces: ['eth0'] },
  ...{ identity: null, state: 'probing' },
};
const probed: ScannedDevice = {
  ...probing,
  state: 'probed',
  identity: {
    ...{ uuid: '63ec46c', hostname: 'mydevice', variant: 'development', osVersion: '2.0.0+rev2' },
    ...{ osName: null, deviceType: null, arch: 'aarch64', isSshOpen: true },
    engine: { port: 2377, version: '20.10.24', apiVersion: '1.41', id: null },
    supervisor: { port: 48484, version: null },
  },
};
const done = { outcome: 'updated', durationMs: 1.5, sentBytes: 1 } as const;

/** Of every type there is at least one: the compiler says so where one is missing. */
const examples: { readonly [T in JsonEvent['type']]: readonly (JsonEvent & { readonly type: T })[] } = {
  project: [{ type: 'project', project: 'shop', device: 'mydevice', services: ['web'] }],
  warning: [{ type: 'warning', message: 'mind the gap' }],
  planned: [{ type: 'planned', plan }],
  'large-context': [
    {
      ...{ type: 'large-context', service: 'web', sizeBytes: 2e8, fileCount: 2 },
      largest: [{ name: 'video', sizeBytes: 1e8 }],
      suggestions: [{ line: 'node_modules', sizeBytes: 1e8 }],
    },
  ],
  pulling: [{ type: 'pulling', image: 'busybox' }],
  'pull-progress': [{ type: 'pull-progress', image: 'busybox', doneBytes: 0, totalBytes: 0 }],
  pulled: [{ type: 'pulled', image: 'busybox', durationMs: 1.5 }],
  upload: [{ type: 'upload', service: 'web', sentBytes: 1, totalBytes: 2 }],
  'build-step': [
    { type: 'build-step', service: 'web', step: 1, of: 2, instruction: 'FROM busybox' },
    { type: 'build-step', service: 'web', step: 2, of: 2, instruction: 'RUN x', cause: 'a.js changed' },
  ],
  'build-cached': [{ type: 'build-cached', service: 'web', step: 1 }],
  'build-output': [{ type: 'build-output', service: 'web', text: 'hello' }],
  built: [{ type: 'built', service: 'web', image: '1', steps: 2, cachedSteps: 1, durationMs: 1.5 }],
  'build-failed': [{ type: 'build-failed', service: 'web', step: 0, message: 'no' }],
  service: [{ type: 'service', service: 'web', state: 'starting', cause: 'it has no container yet' }],
  url: [{ type: 'url', service: 'web', url: 'http://10.0.0.5/' }],
  up: [{ type: 'up', ...done }],
  watching: [{ type: 'watching', service: 'web', files: 3, via: 'shell' }],
  unwatched: [{ type: 'unwatched', service: 'web', cause: 'it is not built here' }],
  noticed: [{ type: 'noticed', service: 'web', message: '/data is a volume' }],
  synced: [{ type: 'synced', service: 'web', written: 1, removed: 0, names: ['a.js'], durationMs: 20.5 }],
  restarting: [{ type: 'restarting', service: 'web' }],
  restarted: [{ type: 'restarted', service: 'web', durationMs: 300.5, isKilled: false }],
  running: [{ type: 'running', service: 'web', command: 'RUN npm install (line 4)' }],
  ran: [
    { type: 'ran', service: 'web', command: 'exec a', exitCode: 0, output: ['hi'], durationMs: 1.5 },
    { type: 'ran', service: 'web', command: 'exec a', exitCode: null, output: [], durationMs: 1.5 },
  ],
  aborted: [{ type: 'aborted', service: 'web', command: 'exec a', durationMs: 1.5 }],
  rebuilding: [{ type: 'rebuilding', services: ['web'], cause: 'Dockerfile changed', isProject: false }],
  'rebuild-failed': [{ type: 'rebuild-failed', services: ['web'], message: 'no' }],
  waiting: [{ type: 'waiting', service: 'web', cause: 'the connection is lost' }],
  failed: [{ type: 'failed', service: 'web', message: 'no' }],
  paused: [{ type: 'paused', service: 'web', cause: 'most of it is gone' }],
  resumed: [{ type: 'resumed', service: 'web' }],
  unbuilt: [{ type: 'unbuilt', service: 'web', files: 1, names: ['a.js'] }],
  brought: [{ type: 'brought', service: 'web', files: 1, names: ['/common/a.js'] }],
  decided: [{ type: 'decided', service: 'web', name: 'a.js', why: 'goes where COPY puts it' }],
  log: [{ type: 'log', service: 'web', container: '1', stream: 'stdout', time: '2026-01-01', text: 'hi' }],
  container: [{ type: 'container', service: 'web', container: '1', state: 'ended' }],
  connection: [{ type: 'connection', state: 'lost' }],
  found: [{ type: 'found', device: probing }],
  changed: [{ type: 'changed', device: probed }],
  lost: [{ type: 'lost', device: probed }],
  merged: [{ type: 'merged', device: probed, absorbed: 'k2' }],
  'interface-failed': [
    { type: 'interface-failed', interface: 'eth0', family: 4, code: 'EADDRINUSE', reason: 'it is taken' },
  ],
  sweeping: [{ type: 'sweeping', subnet: '10.0.0.0/24', checkedCount: 1, addressCount: 254 }],
  line: [{ type: 'line', line: 'booted' }],
  done: [
    { type: 'done' },
    { type: 'done', ...done },
    { type: 'done', devices: [probed], interfaces: ['eth0'] },
  ],
  error: [
    { type: 'error', error: { code: 'busy', message: 'no', hint: null, exitCode: 8 } },
    { type: 'error', error: { code: 'usage', message: 'no', hint: 'do this', exitCode: 2 } },
  ],
};

describe('the schema of --json events', () => {
  it('knows every event, and every field of it', () => {
    assertKnownEvents(Object.values(examples).flat());
  });

  it('knows no events that there are not', () => {
    const types = Object.values(eventSchema.$defs).flatMap(({ properties }) => {
      const type = properties?.type as { const?: string; enum?: string[] } | undefined;
      return type?.enum ?? (type?.const === undefined ? [] : [type.const]);
    });
    assert.deepEqual([...types, 'done'].sort(), Object.keys(examples).sort());
  });

  it('refuses an event that lacks a field, has a wrong one, or is none', () => {
    const validate = new Ajv2020({ strictTypes: false }).compile(eventSchema);
    for (const event of [
      { type: 'url', service: 'web' },
      { type: 'url', service: 'web', url: 5 },
      { type: 'service', service: 'web', state: 'exploded', cause: '' },
      { type: 'nothing' },
      { type: 'error', error: { code: 'busy', message: 'no', exitCode: 8 } },
    ])
      assert.ok(!validate(event), JSON.stringify(event));
    assert.ok(validate({ type: 'url', service: 'web', url: 'http://a/', added: 'later' }));
  });

  it('is told to people too, every event of it', () => {
    const page = readFileSync(path.join(root, 'docs/events.md'), 'utf8');
    const told = [...page.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, type = '']) => type),
    );
    assert.deepEqual([...new Set(told)].sort(), Object.keys(examples).sort());
  });
});
