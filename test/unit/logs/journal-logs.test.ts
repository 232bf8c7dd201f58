import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { OsError } from '../../../src/core/errors.ts';
import { JournalLogs, type RunOnHost } from '../../../src/logs/journal-logs.ts';
import type { LogEvent } from '../../../src/logs/log-line.ts';
import { readLogs } from '../../../src/logs/read-logs.ts';

const entryOf = (text: string): string =>
  JSON.stringify({ __CURSOR: text, __REALTIME_TIMESTAMP: '1767323045000000', MESSAGE: text });

interface Answer {
  readonly printed: string;
  readonly said?: string;
  readonly ended: () => Promise<{ readonly status: number }>;
}

const lost = (): Promise<never> => Promise.reject(new OsError('connection-lost', 'the connection is lost'));

/** A host that gives these answers to requests for the journal, one after the other. */
function hostOf(answers: readonly Answer[]): RunOnHost {
  const left = [...answers];
  return command => {
    const answer = command.startsWith('journalctl') ? left.shift() : undefined;
    const {
      printed,
      said = '',
      ended,
    } = answer ?? { printed: '', ended: () => Promise.resolve({ status: 0 }) };
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    stdout.end(printed);
    stderr.end(said);
    const ending = ended();
    ending.catch(() => undefined);
    return Promise.resolve({
      stdout,
      stderr,
      ended: ending,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  };
}

function openJournal(answers: readonly Answer[], report: (event: LogEvent) => void): JournalLogs {
  const clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
  return new JournalLogs(hostOf(answers), { units: [], isBootOnly: false, report, clock });
}

const textsOf = (events: readonly LogEvent[]): string[] =>
  events.flatMap(event => (event.type === 'log' ? [event.text] : []));

describe('the journal of a host', () => {
  it('is read on after a connection that was lost in the middle of an entry', async () => {
    const events: LogEvent[] = [];
    const ending = new AbortController();
    const whole = `${entryOf('one')}\n`;
    const next = entryOf('two');
    const answers = [
      { printed: whole, ended: () => Promise.resolve({ status: 0 }) },
      { printed: next.slice(0, 20), ended: lost },
      { printed: `${next}\n`, ended: lost },
    ];
    const report = (event: LogEvent): void => {
      events.push(event);
      if (event.type === 'log' && event.text === 'two') ending.abort(new Error('seen'));
    };
    const { signal } = ending;
    await assert.rejects(readLogs([openJournal(answers, report)], { follow: true, signal, report }), /seen/);
    assert.deepEqual(textsOf(events), ['one', 'two']);
  });

  it('is read without what is JSON and no entry', async () => {
    const events: LogEvent[] = [];
    const odd = ['null', '5', '[]', '{}', '{"__CURSOR":"c"}'];
    const timeless = [{}, 'x', '-1', '9'.repeat(40)].map(time =>
      JSON.stringify({ __CURSOR: 'c', __REALTIME_TIMESTAMP: time, MESSAGE: 'no' }),
    );
    const printed = [entryOf('one'), ...odd, ...timeless, entryOf('two'), ''].join('\n');
    const { signal } = new AbortController();
    const report = (event: LogEvent): void => void events.push(event);
    const journal = openJournal([{ printed, ended: () => Promise.resolve({ status: 0 }) }], report);
    await readLogs([journal], { follow: false, signal, report });
    assert.deepEqual(textsOf(events), ['one', 'two']);
  });

  it('is read without what containers print where services are printed beside it, and --tail counts the rest', async () => {
    const events: LogEvent[] = [];
    const commands: string[] = [];
    const ofContainer = entryOf('web says').replace('{', '{"CONTAINER_ID":"cfb4635ed367",');
    const printed = [entryOf('one'), ofContainer, entryOf('two'), entryOf('three'), ofContainer, ''].join(
      '\n',
    );
    const answers = hostOf([{ printed, ended: () => Promise.resolve({ status: 0 }) }]);
    const host: RunOnHost = (command, signal) => {
      commands.push(command);
      return answers(command, signal);
    };
    const { signal } = new AbortController();
    const report = (event: LogEvent): void => void events.push(event);
    const options = { units: [], isBootOnly: false, isWithoutContainers: true, tail: 2, report };
    await readLogs([new JournalLogs(host, options)], { follow: false, signal, report });
    assert.deepEqual(textsOf(events), ['two', 'three']);
    assert.match(commands.find(it => it.startsWith('journalctl')) ?? '', / -n all$/);
  });

  it('is followed on where the device is not found for a while, or this machine has no network', async () => {
    const events: LogEvent[] = [];
    const ending = new AbortController();
    const away = ['device-not-found', 'network-unavailable', 'device-unreachable'] as const;
    const refusals = away.map(code => new OsError(code, code));
    const answers = hostOf([
      { printed: `${entryOf('one')}\n`, ended: lost },
      { printed: `${entryOf('two')}\n`, ended: lost },
    ]);
    let asked = 0;
    const host: RunOnHost = (command, signal) => {
      asked += 1;
      const refusal = asked === 1 ? undefined : refusals.shift();
      return refusal === undefined ? answers(command, signal) : Promise.reject(refusal);
    };
    const report = (event: LogEvent): void => {
      events.push(event);
      if (event.type === 'log' && event.text === 'two') ending.abort(new Error('enough'));
    };
    const clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
    const journal = new JournalLogs(host, { units: [], isBootOnly: false, report, clock });
    await assert.rejects(journal.follow(ending.signal), { message: 'enough' });
    assert.deepEqual(
      events.map(event => (event.type === 'log' ? event.text : 'state' in event && event.state)),
      ['one', 'lost', 'restored', 'two'],
    );
  });

  it('is read on over a reboot, though journalctl follows nothing but the current boot', async () => {
    const boots: { readonly text: string; readonly boot: number }[] = [];
    let boot = 1;
    const asked: string[] = [];
    /** A journalctl of systemd 250 or newer. */
    const host: RunOnHost = (command, signal) => {
      if (!command.startsWith('journalctl')) return hostOf([])(command, signal);
      asked.push(command);
      const isFollowing = command.includes('--follow');
      const [, cursor] = /--after-cursor=(\w+)/.exec(command) ?? [];
      const after = boots.findIndex(({ text }) => text === cursor) + 1;
      const printed = boots
        .slice(after)
        .filter(entry => !(isFollowing || command.includes('--boot')) || entry.boot === boot)
        .map(({ text }) => `${entryOf(text)}\n`)
        .join('');
      return hostOf([{ printed, ended: isFollowing ? lost : () => Promise.resolve({ status: 0 }) }])(
        'journalctl',
        signal,
      );
    };
    for (const isBootOnly of [false, true]) {
      boots.splice(0, boots.length, { text: 'old', boot: 0 }, { text: 'one', boot: 1 });
      boot = 1;
      const events: LogEvent[] = [];
      const ending = new AbortController();
      const report = (event: LogEvent): void => {
        events.push(event);
        if (event.type === 'log' && event.text === 'three') ending.abort(new Error('enough'));
      };
      const sleep = (): Promise<void> => {
        boots.push({ text: 'two', boot: 1 }, { text: 'three', boot: 2 });
        boot = 2;
        return Promise.resolve();
      };
      const clock = { nowMs: () => 0, sleep };
      const journal = new JournalLogs(host, { units: [], isBootOnly, report, clock });
      await assert.rejects(readLogs([journal], { follow: true, signal: ending.signal, report }), /enough/);
      assert.deepEqual(textsOf(events), [...(isBootOnly ? [] : ['old']), 'one', 'two', 'three']);
    }
    assert.ok(asked.some(command => command.includes('--follow')));
  });

  it('that was cut off in the middle of an entry is reported as a lost connection', async () => {
    const answers = [{ printed: `${entryOf('one')}\n{"__CURS`, ended: lost }];
    const { signal } = new AbortController();
    const report = (): void => undefined;
    await assert.rejects(readLogs([openJournal(answers, report)], { follow: false, signal, report }), {
      code: 'connection-lost',
    });
  });

  it('that journalctl cannot read is reported with its reason', async () => {
    const said = 'Data from the specified boot (+0) is not available: No such boot ID in journal\n';
    const answers = [{ printed: '', said, ended: () => Promise.resolve({ status: 1 }) }];
    const { signal } = new AbortController();
    const report = (): void => undefined;
    await assert.rejects(readLogs([openJournal(answers, report)], { follow: false, signal, report }), {
      code: 'host-refused',
      message: `journalctl fails on the device: ${said.trim()}`,
    });
  });

  it('is asked for by the clock of the device, and never for a time before 1970', async () => {
    const asked: string[] = [];
    const host: RunOnHost = (command, signal) => {
      if (command.startsWith('journalctl')) asked.push(command);
      return hostOf([])(command, signal);
    };
    const { signal } = new AbortController();
    for (const since of [{ agoS: 60 }, { agoS: 1e11 }, { unix: '-86400' }, { unix: '5.5' }]) {
      const report = (): void => undefined;
      await readLogs([new JournalLogs(host, { units: ['a b'], isBootOnly: false, since, report })], {
        follow: false,
        signal,
        report,
      });
    }
    const words = asked.map(command =>
      spawnSync('sh', ['-c', `journalctl() { for word; do last=$word; done; echo "$last"; }; ${command}`], {
        encoding: 'utf8',
      }).stdout.trim(),
    );
    assert.deepEqual(words.slice(1), ['--since=@0', '--since=@0', '--since=@5.5']);
    const [, second = ''] = /^--since=@(\d+)$/.exec(words[0] ?? '') ?? [];
    assert.ok(Math.abs(Date.now() / 1000 - 60 - Number(second)) < 30, words[0]);
  });
});
