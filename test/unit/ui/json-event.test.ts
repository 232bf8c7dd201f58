import { Ajv2020 } from 'ajv/dist/2020.js';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ScannedDevice } from '../../../src/discovery/scan/scanned-device.ts';
import type { PlanReport } from '../../../src/release/plan/plan-report.ts';
import { renderJsonEvent, type JsonEvent } from '../../../src/ui/json-event.ts';
import { assertKnownEvents, eventSchema } from '../../support/event-schema.ts';
import { root } from '../../support/run-program.ts';

const plan: PlanReport = {
  project: 'shop',
  images: [
    { action: 'pull', service: 'db', reference: 'postgres:16', cause: 'it is here', isLocal: true },
    {
      ...{ action: 'build', service: 'web', reference: 'shop-web', cause: 'its context changed: a.js' },
      ...{ way: 'continued', wayCause: 'it goes on with step 2 COPY . .' },
      reruns: [{ step: 2, instruction: 'COPY . .', cause: 'a.js changed', isCertain: true, more: 1 }],
    },
  ],
  resources: [
    { action: 'create-network', name: 'shop_default', cause: 'it does not exist' },
    { action: 'create-volume', name: 'shop_data', cause: 'it does not exist' },
    { action: 'remove-network', name: 'shop_default', id: '1', cause: 'its configuration changed' },
    { action: 'disconnect', name: 'shop_default', container: '1', cause: 'its configuration changed' },
  ],
  services: [
    {
      ...{ service: 'web', cause: 'its image changed' },
      after: [{ service: 'db', condition: 'service_healthy' }],
      steps: [
        { action: 'rename', id: '1', from: 'shop-web-1', to: 'old' },
        { action: 'create', name: 'shop-web-1', keptVolumes: [{ name: 'v', destination: '/data' }] },
        { action: 'connect', name: 'shop-web-1', network: 'shop_back', endpoint: { Aliases: ['web'] } },
        { action: 'put-files', name: 'shop-web-1', paths: ['/run/secrets/a'] },
        { action: 'start', id: 'new', name: 'shop-web-1' },
      ],
      undo: [{ action: 'remove', id: 'new', name: 'shop-web-1' }],
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
const failure = { code: 'no-space', message: 'no', hint: null, exitCode: 9 };
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
  'volume-copy': [
    { type: 'volume-copy', state: 'copied', from: 'shop_data', to: '1234567_data', sizeBytes: 10_240 },
  ],
  'update-lock': [{ type: 'update-lock', holder: 'db', message: 'db holds the update lock' }],
  'build-way': [{ type: 'build-way', service: 'web', way: 'layer', cause: 'no later step reads it' }],
  'build-cached': [{ type: 'build-cached', service: 'web', step: 1 }],
  'build-output': [{ type: 'build-output', service: 'web', text: 'hello' }],
  built: [{ type: 'built', service: 'web', image: '1', steps: 2, cachedSteps: 1, durationMs: 1.5 }],
  'build-failed': [{ type: 'build-failed', service: 'web', step: 0, message: 'no' }],
  service: [{ type: 'service', service: 'web', state: 'starting', cause: 'it has no container yet' }],
  url: [{ type: 'url', service: 'web', url: 'http://10.0.0.5/' }],
  up: [{ type: 'up', ...done }],
  attached: [{ type: 'attached', isLive: true }],
  'in-sync': [{ type: 'in-sync', service: 'web', files: 3, via: 'shell' }],
  'not-synced': [{ type: 'not-synced', service: 'web', cause: 'it is not built here' }],
  notice: [{ type: 'notice', service: 'web', message: '/data is a volume' }],
  synced: [{ type: 'synced', service: 'web', written: 1, removed: 0, names: ['a.js'], durationMs: 20.5 }],
  restarting: [{ type: 'restarting', service: 'web' }],
  restarted: [{ type: 'restarted', service: 'web', durationMs: 300.5, isKilled: false }],
  'command-started': [{ type: 'command-started', service: 'web', command: 'RUN npm install (line 4)' }],
  'command-finished': [
    {
      type: 'command-finished',
      service: 'web',
      command: 'exec a',
      exitCode: 0,
      output: ['hi'],
      durationMs: 1.5,
    },
    {
      type: 'command-finished',
      service: 'web',
      command: 'exec a',
      exitCode: null,
      output: [],
      durationMs: 1.5,
    },
  ],
  'command-stopped': [{ type: 'command-stopped', service: 'web', command: 'exec a', durationMs: 1.5 }],
  rebuilding: [{ type: 'rebuilding', services: ['web'], cause: 'Dockerfile changed', isProject: false }],
  'rebuild-failed': [{ type: 'rebuild-failed', services: ['web'], message: 'no' }],
  waiting: [{ type: 'waiting', service: 'web', cause: 'the connection is lost' }],
  'sync-failed': [{ type: 'sync-failed', service: 'web', message: 'no' }],
  'sync-paused': [{ type: 'sync-paused', service: 'web', cause: 'most of it is gone' }],
  'sync-resumed': [{ type: 'sync-resumed', service: 'web' }],
  'not-in-image': [
    { type: 'not-in-image', service: 'web', files: 1, names: ['a.js'], cause: 'edit' },
    { type: 'not-in-image', service: 'web', files: 1, names: ['/common/a.js'], cause: 'watch-rule' },
  ],
  decision: [{ type: 'decision', service: 'web', name: 'a.js', cause: 'goes where COPY puts it' }],
  'flash-started': [
    { type: 'flash-started', drive: '/dev/sdb', image: 'os.img', sizeBytes: 1000 },
    { type: 'flash-started', drive: '/dev/sdb', image: 'os.img.gz', sizeBytes: undefined },
  ],
  'flash-progress': [
    {
      type: 'flash-progress',
      drive: '/dev/sdb',
      phase: 'writing',
      doneBytes: 500,
      share: 0.5,
      bytesPerSecond: 1000,
      remainingMs: 500,
    },
  ],
  flashed: [
    {
      type: 'flashed',
      drive: '/dev/sdb',
      sizeBytes: 1000,
      writtenBytes: 1000,
      isVerified: true,
      durationMs: 9,
    },
  ],
  'flash-failed': [
    {
      type: 'flash-failed',
      drive: '/dev/sdb',
      code: 'drive-failed',
      message: 'the drive was removed',
      hint: undefined,
    },
  ],
  'update-checked': [
    { type: 'update-checked', from: '2.0.0', to: '2.1.0' },
    { type: 'update-checked', from: null, to: '2.1.0' },
  ],
  'update-resumed': [{ type: 'update-resumed', sentBytes: 1, totalBytes: 2 }],
  'update-sending': [{ type: 'update-sending', sentBytes: 2, totalBytes: 2 }],
  'update-installing': [{ type: 'update-installing', line: 'installing into rootB' }],
  'update-rebooting': [{ type: 'update-rebooting' }],
  'update-booted': [
    { type: 'update-booted', version: '2.1.0', root: 'B' },
    { type: 'update-booted', version: null, root: null },
  ],
  'update-health': [{ type: 'update-health', line: 'healthy' }],
  updated: [
    {
      ...{ type: 'updated', durationMs: 1.5 },
      from: { version: '2.0.0', root: 'A' },
      to: { version: '2.1.0', root: 'B' },
    },
  ],
  log: [{ type: 'log', service: 'web', container: '1', stream: 'stdout', time: '2026-01-01', text: 'hi' }],
  container: [{ type: 'container', service: 'web', container: '1', state: 'ended' }],
  unreadable: [{ type: 'unreadable', service: 'web', container: '1', message: 'no' }],
  listening: [
    {
      ...{ type: 'listening', service: 'web', port: 80 },
      ...{ addresses: ['127.0.0.1', '::1'], localPort: 8080 },
    },
    { type: 'listening', service: null, port: 5432, addresses: ['127.0.0.1'], localPort: 5432 },
  ],
  'reverse-listening': [
    {
      ...{ type: 'reverse-listening', port: 3000, localPort: 3000, host: '127.0.0.1:3000' },
      ...{ containers: null, isPublic: false },
    },
  ],
  'connection-failed': [
    {
      ...{ type: 'connection-failed', direction: 'forward', service: 'web', port: 80 },
      message: 'nothing listens on port 80 in web on mydevice',
    },
  ],
  'reverse-failed': [{ type: 'reverse-failed', port: 3000, message: 'port 3000 of mydevice is in use' }],
  usage: [
    {
      type: 'usage',
      time: '2026-01-01T00:00:00.000Z',
      host: {
        cpuPercent: 12.5,
        cpus: 4,
        memoryBytes: 200_000_000,
        memoryTotalBytes: 1_000_000_000,
        load: 0.4,
        ...{ receivedBytesPerS: 10, sentBytesPerS: 20, readBytesPerS: null, writtenBytesPerS: null },
      },
      services: [
        {
          ...{ project: 'shop', service: 'web', container: 'shop-web-1', state: 'running' },
          ...{ cpuPercent: null, memoryBytes: 1, memoryLimitBytes: 2, processes: 3 },
          ...{ receivedBytesPerS: null, sentBytesPerS: null, readBytesPerS: 0, writtenBytesPerS: 5 },
        },
      ],
    },
    { type: 'usage', time: '2026-01-01T00:00:01.000Z', host: null, services: [] },
  ],
  'journal-wrapped': [{ type: 'journal-wrapped', oldest: '2026-01-01T00:00:00.000000000Z' }],
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
    { type: 'done', devices: [{ device: 'kitchen', exitCode: 0 }] },
  ],
  'device-done': [{ type: 'device-done' }, { type: 'device-done', ...done }],
  'device-error': [{ type: 'device-error', error: failure }],
  error: [
    { type: 'error', error: failure },
    { type: 'error', error: { code: 'usage', message: 'no', hint: 'do this', exitCode: 2 } },
    { type: 'error', error: failure, devices: [{ device: 'hall', exitCode: 9 }] },
  ],
};

describe('the schema of --json events', () => {
  it('knows every event, and every field of it', () => {
    assertKnownEvents(Object.values(examples).flat());
  });

  it('knows the device that every event but those of a scan carries once a command has reached one', () => {
    const scan = new Set(['found', 'changed', 'lost', 'merged']);
    const events = Object.values(examples).flatMap(list =>
      list.filter(({ type }) => !scan.has(type)).map(event => renderJsonEvent(event, 'mydevice')),
    );
    const parsed = events.map(line => JSON.parse(line) as { type: string; device: string });
    assertKnownEvents(parsed);
    for (const event of parsed) assert.equal(event.device, 'mydevice');
  });

  it('knows no events that there are not', () => {
    const types = Object.values(eventSchema.$defs).flatMap(({ properties }) => {
      const type = properties?.type as { const?: string; enum?: string[] } | undefined;
      return type?.enum ?? (type?.const === undefined ? [] : [type.const]);
    });
    assert.deepEqual([...types, 'done', 'device-done'].sort(), Object.keys(examples).sort());
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
