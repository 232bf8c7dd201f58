import assert from 'node:assert/strict';
import { findCommand } from '../../../src/cli/find-command.ts';
import { translateUsageError } from '../../../src/cli/terminal/usage-error.ts';
import { OsError } from '../../../src/core/errors.ts';

/** The hint about an argument too many of a command with these flags. */
const hintFor = (flagNames: readonly string[], words: readonly string[]): string | undefined => {
  const thrown = Object.assign(new Error('unexpected'), { oclif: {}, args: words });
  const error = translateUsageError(thrown, {
    id: 'network:list',
    flagNames,
    unexpectedArgumentHint: undefined,
  });
  assert.ok(error instanceof OsError);
  return error.hint;
};

describe('a usage error', () => {
  it('of a device given as an argument to a command that takes it by --on says so', () => {
    assert.equal(hintFor(['on'], ['kitchen']), 'a device or an image is named by --on: --on kitchen');
    assert.equal(hintFor(['source'], ['kitchen']), 'see `os network list --help`');
  });

  it('of a version asked for in the ways of other tools names os --version', () => {
    for (const word of ['version', '-v', '-V'])
      assert.throws(() => findCommand(['scan', 'network:list'], [word]), {
        hint: 'did you mean `os --version`?',
      });
  });
});
