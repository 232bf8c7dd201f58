import assert from 'node:assert/strict';
import { parseQuickly, quickOptions } from '../../../src/cli/quick-scan.ts';
import Scan from '../../../src/commands/scan.ts';

describe('os scan without oclif', () => {
  it('knows the flags of the command, no more, no fewer', () => {
    const flags: Record<string, { type: string; char?: string; multiple?: boolean }> = {
      ...Scan.baseFlags,
      ...Scan.flags,
    };
    const known = Object.entries(quickOptions).map(([name, option]) => [
      name,
      option.type === 'string' ? 'option' : 'boolean',
      'short' in option ? option.short : undefined,
      'multiple' in option,
    ]);
    assert.deepEqual(
      known.sort(),
      Object.entries(flags)
        .map(([name, { type, char, multiple = false }]) => [name, type, char, multiple])
        .sort(),
    );
  });

  it('takes flags as the command does', () => {
    const defaults = { isJson: false, isQuiet: false, subnet: [], timeout: '3s', watch: false };
    assert.deepEqual(parseQuickly([]), defaults);
    assert.deepEqual(parseQuickly(['--watch', '--json', '-q', '--timeout=1s']), {
      ...defaults,
      isJson: true,
      isQuiet: true,
      timeout: '1s',
      watch: true,
    });
    assert.deepEqual(parseQuickly(['--subnet', '10.0.0.0/24', '--subnet=10.1.0.1'])?.subnet, [
      '10.0.0.0/24',
      '10.1.0.1',
    ]);
  });

  it('leaves help and mistakes to the command', () => {
    for (const argv of [['--help'], ['-h'], ['--nosuch'], ['mydevice'], ['--timeout'], ['--watch=1']])
      assert.equal(parseQuickly(argv), undefined, argv.join(' '));
  });
});
