import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import { openReversePorts } from '../../../src/tunnel/keep-reverse.ts';
import { openReverse, type ReverseSession } from '../../../src/tunnel/reverse.ts';
import type { TunnelEvent } from '../../../src/tunnel/tunnel-events.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const port = 8080;
const request = { port, localPort: 3000 };
const refusal = new OsError('host-refused', 'the device opens no more sessions');

/** A device with an engine's bridge, whose kernel lists what its SSH server listens on. `fail` names the calls that fail. */
class FakeDevice implements ReverseSession {
  readonly isOpen = true;
  readonly listening = new Set<string>();
  readonly #calls = new Map<string, number>();
  readonly #fail: Readonly<Record<string, unknown>>;

  constructor(fail: Readonly<Record<string, unknown>>) {
    this.#fail = fail;
  }

  #count(call: string): void {
    const count = (this.#calls.get(call) ?? 0) + 1;
    this.#calls.set(call, count);
    const error = this.#fail[`${call} ${count.toString()}`];
    if (error !== undefined) throw error as Error;
  }

  async run(): ReturnType<ReverseSession['run']> {
    await Promise.resolve();
    this.#count('run');
    const rows = [...this.listening].map(
      address =>
        `0: ${address === 'localhost' ? '0100007F' : '010011AC'}:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1`,
    );
    const text = [...rows, '3: docker0    inet 172.17.0.1/16 scope global docker0', ''].join('\n');
    return { exit: { status: 0 }, stdout: Buffer.from(text), stderr: Buffer.alloc(0) };
  }

  async listenOn(address: string, asked: number): Promise<void> {
    await Promise.resolve();
    assert.equal(asked, port);
    // It listens, and the answer is lost.
    this.listening.add(address);
    this.#count('listenOn');
  }

  async stopListening(address: string, asked: number): Promise<void> {
    await Promise.resolve();
    assert.equal(asked, port);
    assert.ok(this.listening.delete(address), `nothing listens on ${address}`);
  }
}

describe('a reverse tunnel that opens a port in part', () => {
  const signal = new AbortController().signal;
  const quiet = {
    where: 'mydevice',
    report: () => undefined,
    signal,
    fail: (error: unknown) => assert.fail(String(error)),
  };

  it('closes what it has opened, whichever step fails, and throws what failed', async () => {
    const lost = new OsError('connection-lost', 'it stops answering');
    for (const [step, error] of Object.entries({ 'run 2': refusal, 'run 3': refusal, 'listenOn 2': lost })) {
      const device = new FakeDevice({ [step]: error });
      await assert.rejects(openReverse(device, request, quiet), error, step);
      assert.deepEqual([...device.listening], [], step);
    }
  });

  it('is open once the device lets it, and does not take its own port for that of another program', async () => {
    const clock = new ManualClock();
    const events: TunnelEvent[] = [];
    const options = { ...quiet, clock, report: (event: TunnelEvent) => void events.push(event) };
    const kept = await openReversePorts(new FakeDevice({}), [request], options);
    const next = new FakeDevice({ 'run 2': refusal });
    const reopening = kept.reopen(next);
    await clock.passUntil(reopening, 1000);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['reverse-listening', 'reverse-failed', 'reverse-listening'],
    );
    assert.deepEqual([...next.listening], ['localhost', '172.17.0.1']);
    await kept[Symbol.asyncDispose]();
    assert.deepEqual([...next.listening], []);
  });
});
