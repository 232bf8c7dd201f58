import assert from 'node:assert/strict';
import fc from 'fast-check';
import { updateDevice } from '../../../../../src/cli/verbs/host/update-device.ts';
import type { HostDevice } from '../../../../../src/cli/verbs/host/open-host-device.ts';
import { encodeTarHeader, paddingOf } from '../../../../../src/files/tar-header.ts';
import { shellHostFiles } from '../../../../../src/host/files/shell-host-files.ts';
import type { UpdateEvent } from '../../../../../src/host/update/update-events.ts';
import { UpdatableDevice, type CutLink } from '../../../../support/updatable-device.ts';

function tar(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const common = { mode: 0o644, uid: 0, gid: 0, target: '' };
    const header = encodeTarHeader({ type: 'file', name, sizeBytes: content.length, ...common });
    return [header, content, paddingOf(content.length)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const archive = tar({
  'manifest.json': JSON.stringify([{ Config: 'c.json', Layers: ['l1/layer.tar'] }]),
  'c.json': '{"architecture":"arm"}',
  'l1/layer.tar': tar({
    'usr/lib/os-release': 'ID="balena-os"\nVERSION="2.1.0"\nSLUG=raspberrypi3\n',
    // Five pieces.
    'usr/lib/large': Buffer.alloc(9_000_000, 'x'),
  }),
});

/** Updates `device`; time passes with pauses alone. */
async function update(device: UpdatableDevice): Promise<readonly UpdateEvent[]> {
  const events: UpdateEvent[] = [];
  let nowMs = 0;
  await updateDevice(
    {
      archive: {
        path: 'u.tar',
        sizeBytes: archive.length,
        read: (offset, length) => Promise.resolve(Buffer.from(archive.subarray(offset, offset + length))),
      },
      isDowngradeAllowed: false,
      person: 'anna on laptop',
      timeoutMs: 600_000,
    },
    {
      device: {
        name: device.name,
        commands: device.commands,
        reopen: () =>
          Promise.resolve({
            ...{ kind: 'device', name: device.name, address: '10.0.0.5', host: null },
            ...{ commands: device.commands, files: shellHostFiles(device.commands) },
            reopen: () => assert.fail(),
            reopenUnproven: () => assert.fail(),
            [Symbol.asyncDispose]: () => Promise.resolve(),
          } satisfies HostDevice),
      },
      clock: {
        nowMs: () => nowMs,
        sleep: ms => {
          nowMs += ms;
          return Promise.resolve();
        },
      },
      report: event => events.push(event),
      signal: new AbortController().signal,
    },
  );
  return events;
}

const once =
  (cuts: Readonly<Record<number, 'lost' | 'unanswered'>>): CutLink =>
  n =>
    cuts[n];

describe('an update over a link that is cut', () => {
  it('goes on after the last whole piece that has arrived', async () => {
    // 1 and 2 look at the device, 3 at what it has, 4 makes room; then pieces.
    const device = new UpdatableDevice('2.1.0', once({ 7: 'lost' }));
    const events = await update(device);
    assert.ok(device.bytesReceived < archive.length + 1, 'a piece was sent twice');
    assert.deepEqual(
      events.filter(({ type }) => type !== 'update-sending').map(({ type }) => type),
      [
        ...['update-checked', 'connection', 'connection', 'update-resumed'],
        ...['update-installing', 'update-rebooting', 'update-booted', 'updated'],
      ],
    );
    assert.equal(device.installs, 1);
  });

  it('is installed exactly once and whole, wherever the link is cut and however often', async function () {
    this.timeout(60_000);
    const how = fc.constantFrom('lost' as const, 'unanswered' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 3, max: 30 }), how), { maxLength: 8 }),
        async cuts => {
          const device = new UpdatableDevice('2.1.0', once(Object.fromEntries(cuts)));
          const events = await update(device);
          const printed = events.flatMap(event => (event.type === 'update-installing' ? [event.line] : []));
          assert.deepEqual(printed, [...new Set(printed)], 'a line of hostapp-update is told twice');
          assert.equal(device.installs, 1);
          assert.equal(device.reboots, 1);
          assert.equal(device.file, undefined);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is given up after two minutes without any progress', async () => {
    const device = new UpdatableDevice('2.1.0', n => (n > 6 ? 'lost' : undefined));
    await assert.rejects(update(device), { code: 'connection-lost' });
    assert.equal(device.installs, 0);
  });

  it('that arrives damaged is sent once more, and then given up with nothing installed', async () => {
    const device = new UpdatableDevice('2.1.0', () => undefined);
    device.isDamaging = true;
    await assert.rejects(update(device), { code: 'connection-lost', message: /arrived damaged twice/ });
    assert.equal(device.installs, 0);
    assert.equal(device.file, undefined);
  });
});
