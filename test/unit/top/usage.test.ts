import assert from 'node:assert/strict';
import type { ContainerStats } from '../../../src/engine/objects.ts';
import { hostUsage, parseHostSample, splitSamples, type HostSample } from '../../../src/top/host-usage.ts';
import { containerUsage } from '../../../src/top/service-usage.ts';

const sample = (changed: Partial<ContainerStats>): ContainerStats => ({
  readMs: 1000,
  cpuNs: 0,
  systemNs: 0,
  cpus: 4,
  memoryBytes: 10,
  memoryLimitBytes: 100,
  receivedBytes: 0,
  sentBytes: 0,
  readBytes: null,
  writtenBytes: 0,
  processes: 1,
  ...changed,
});

describe('what a service uses', () => {
  it('is unknown from one sample, and a percentage of one CPU from two', () => {
    const first = sample({});
    assert.equal(containerUsage(undefined, first).cpuPercent, null);
    assert.equal(containerUsage(undefined, first).memoryBytes, 10);
    // Half a second of one CPU, while each of four passed one second.
    const second = sample({ readMs: 2000, cpuNs: 0.5e9, systemNs: 4e9, receivedBytes: 300 });
    const usage = containerUsage(first, second);
    assert.equal(usage.cpuPercent, 50);
    assert.equal(usage.receivedBytesPerS, 300);
    assert.equal(usage.readBytesPerS, null);
    assert.equal(usage.writtenBytesPerS, 0);
  });

  it('is counted by the time that passed where the engine does not tell that of the device', () => {
    const usage = containerUsage(
      sample({ systemNs: null }),
      sample({ systemNs: null, readMs: 3000, cpuNs: 1e9 }),
    );
    assert.equal(usage.cpuPercent, 50);
  });

  it('is unknown, not next to nothing, while the clock of a device is set from 1970 to now', () => {
    const usage = containerUsage(
      sample({ readMs: 60_000 }),
      sample({ readMs: Date.UTC(2026, 0, 1), cpuNs: 0.5e9, systemNs: 4e9, receivedBytes: 300 }),
    );
    assert.deepEqual([usage.cpuPercent, usage.receivedBytesPerS], [50, null]);
    const timed = containerUsage(
      sample({ readMs: 60_000, systemNs: null }),
      sample({ readMs: Date.UTC(2026, 0, 1), cpuNs: 0.5e9, systemNs: null }),
    );
    assert.equal(timed.cpuPercent, null);
  });

  it('is unknown, not negative, when counters start again with the container', () => {
    const usage = containerUsage(
      sample({ cpuNs: 9e9, sentBytes: 900, systemNs: 1 }),
      sample({ readMs: 2000, cpuNs: 1, sentBytes: 2, systemNs: 4e9 }),
    );
    assert.deepEqual([usage.cpuPercent, usage.sentBytesPerS], [null, null]);
  });
});

/** One turn of the loop on a Raspberry Pi with a card, shortened. */
const printed = (
  uptime: number,
  busy: number,
  received: number,
  written: number,
): string => `${uptime.toFixed(2)} 90.00
0.52 0.40 0.30 2/190 4321
cpu  ${busy.toString()} 0 0 ${(uptime * 400 - busy).toString()} 0 0 0 0 0 0
cpu0 1 0 0 1 0 0 0 0 0 0
cpu1 1 0 0 1 0 0 0 0 0 0
cpu2 1 0 0 1 0 0 0 0 0 0
cpu3 1 0 0 1 0 0 0 0 0 0
intr 1
MemTotal:         948000 kB
MemFree:          100000 kB
MemAvailable:     448000 kB
net
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 99999999  0    0    0    0     0          0         0 99999999       0    0    0    0     0       0          0
  eth0:${received.toString()}  10    0    0    0     0          0         0     2000      20    0    0    0     0       0          0
docker0: 77777777  0    0    0    0     0          0         0 7777777       0    0    0    0     0       0          0
disks
 179       0 mmcblk0 100 0 2000 10 50 0 ${written.toString()} 20 0 30 30
 179       1 mmcblk0p1 100 0 2000 10 50 0 ${written.toString()} 20 0 30 30
   7       0 loop0 5 0 10 0 0 0 0 0 0 0 0
disk mmcblk0
`;

const parsed = (text: string): HostSample => {
  const found = parseHostSample(text);
  assert.ok(found);
  return found;
};

describe('what the host uses (recorded)', () => {
  it('is read from /proc: whole disks and real interfaces alone', () => {
    const [before, after] = [printed(100, 1000, 5000, 100), printed(101, 1200, 6000, 300)].map(parsed);
    assert.ok(before && after);
    assert.deepEqual(hostUsage(before, after), {
      cpuPercent: 200,
      cpus: 4,
      memoryBytes: 500_000 * 1024,
      memoryTotalBytes: 948_000 * 1024,
      load: 0.52,
      receivedBytesPerS: 1000,
      sentBytesPerS: 0,
      readBytesPerS: 0,
      writtenBytesPerS: 200 * 512,
    });
  });

  it('is unknown from one sample, and from what is none', () => {
    assert.equal(hostUsage(undefined, parsed(printed(1, 1, 1, 1))).cpuPercent, null);
    assert.equal(parseHostSample('cat: not found'), undefined);
  });
});

describe('what a host prints', () => {
  it('is divided into samples, however it comes, and what has no end is not kept', async () => {
    async function* printed(): AsyncGenerator<Buffer> {
      for (const text of ['a\nos-top-', 'sample\nb\nos-top-sample\n']) yield Buffer.from(text);
      for (let i = 0; i < 30; i++) yield await Promise.resolve(Buffer.alloc(100_000, 'x'));
      yield Buffer.from('\nos-top-sample\nc\nos-top-sample\n');
    }
    const lengths: number[] = [];
    for await (const sample of splitSamples(printed())) lengths.push(sample.length);
    assert.deepEqual([lengths[0], lengths[1], lengths[3]], [2, 2, 2]);
    assert.ok((lengths[2] ?? Infinity) < 1_000_000, lengths.join(' '));
  });
});
