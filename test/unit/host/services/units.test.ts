import assert from 'node:assert/strict';
import type { HostCommands } from '../../../../src/host/host-commands.ts';
import { controlUnit } from '../../../../src/host/services/control-unit.ts';
import { findUnit, readUnits } from '../../../../src/host/services/units.ts';

const { signal } = new AbortController();

/** A host that answers each command by the first pattern that fits it; `asked` has the commands. */
function hostOf(answers: readonly (readonly [RegExp, string, number?])[]) {
  const asked: string[] = [];
  const commands: HostCommands = {
    run: command => {
      asked.push(command);
      const [, text, status = 0] = answers.find(([pattern]) => pattern.test(command)) ?? assert.fail(command);
      const [stdout, stderr] = status === 0 ? [text, ''] : ['', text];
      return Promise.resolve({ status, bytes: Buffer.from(stdout), stdout, stderr });
    },
  };
  return { commands, asked };
}

const unit = (id: string, changed: Readonly<Record<string, string>>): string =>
  Object.entries({
    ...{ NRestarts: '0', MemoryCurrent: '[not set]', Id: id, Description: 'A unit', LoadState: 'loaded' },
    ...{ ActiveState: 'active', SubState: 'running', UnitFileState: 'enabled' },
    ...{ StateChangeTimestampMonotonic: '400000000', ...changed },
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

describe('the units of a host', () => {
  it('are in their state since a time of the monotonic clock, which nobody sets', async () => {
    const printed = `1000.50 900.00\n\n${unit('balena.service', {})}\n${unit('dnsmasq.service', { StateChangeTimestampMonotonic: '0' })}`;
    const { commands, asked } = hostOf([[/^cat \/proc\/uptime/, printed]]);
    const units = await readUnits(commands, ['balena.service', 'dnsmasq.service'], signal);
    assert.deepEqual(
      units.map(({ unit: id, sinceS }) => [id, sinceS]),
      [
        ['balena.service', 600.5],
        ['dnsmasq.service', null],
      ],
    );
    // Of the times and options of `systemctl show`, systemd has had these from the beginning.
    assert.match(asked[0] ?? '', /-p StateChangeTimestampMonotonic /);
    assert.doesNotMatch(asked[0] ?? '', /StateChangeTimestamp |--timestamp|--value|date/);
  });

  it('that failed have their last line; one that is not there or was named twice is left out', async () => {
    const blocks = [
      unit('balena.service', { MemoryCurrent: '1048576', NRestarts: '3' }),
      unit('gone.service', { LoadState: 'not-found', ActiveState: 'inactive' }),
      unit('broken.service', {
        ActiveState: 'failed',
        SubState: 'failed',
        MemoryCurrent: '18446744073709551615',
      }),
      unit('balena.service', {}),
    ];
    const { commands, asked } = hostOf([
      [/^cat /, `10.00 9.00\n\n${blocks.join('\n')}`],
      [/^journalctl -u broken\.service /, 'no such file\n'],
    ]);
    const units = await readUnits(commands, undefined, signal);
    assert.deepEqual(
      units.map(it => [it.unit, it.state, it.restarts, it.memoryBytes, it.lastLine]),
      [
        ['balena.service', 'active', 3, 1_048_576, null],
        ['broken.service', 'failed', 0, null, 'no such file'],
      ],
    );
    assert.match(asked[0] ?? '', /\$\(systemctl --failed /);
  });
});

describe('a unit that has another name in earlier releases of the OS', () => {
  const found = async (unit: string, states: readonly string[]) => {
    const { commands, asked } = hostOf([[/^for u in /, states.map(it => `LoadState=${it}\n`).join('')]]);
    return [await findUnit(commands, unit, signal), asked.length];
  };

  it('is found by either; of any other nothing is asked', async () => {
    const [current, former] = ['balena-supervisor.service', 'resin-supervisor.service'];
    assert.deepEqual(await found(current, ['loaded', 'loaded']), [current, 1]);
    assert.deepEqual(await found(current, ['not-found', 'loaded']), [former, 1]);
    assert.deepEqual(await found(current, ['masked', 'loaded']), [current, 1]);
    assert.deepEqual(await found(current, ['not-found', 'not-found']), [current, 1]);
    assert.deepEqual(await found('dnsmasq.service', []), ['dnsmasq.service', 0]);
  });
});

describe('a change of a unit', () => {
  it('is refused for what the device is reached by, before anything is sent', async () => {
    for (const name of ['sshd.socket', 'NetworkManager.service'])
      await assert.rejects(controlUnit(hostOf([]).commands, name, 'stop', signal), { code: 'usage' });
  });

  it('says in the words of systemd why a unit does not start, and that it is not there', async () => {
    const failing = hostOf([[/^systemctl start /, 'Job for chronyd.service failed.\nSee it.\n', 1]]);
    await assert.rejects(controlUnit(failing.commands, 'chronyd.service', 'start', signal), {
      code: 'service-failed',
      message: 'cannot start chronyd.service: Job for chronyd.service failed.',
    });
    const missing = hostOf([[/^systemctl restart /, 'Unit x.service not found.\n', 5]]);
    await assert.rejects(controlUnit(missing.commands, 'x.service', 'restart', signal), { code: 'usage' });
  });
});
