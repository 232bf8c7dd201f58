import assert from 'node:assert/strict';
import { Flags, Parser, type Interfaces } from '@oclif/core';
import { findCommand } from '../../../../src/cli/find-command.ts';
import { translateUsageError } from '../../../../src/cli/terminal/usage-error.ts';
import { OsError } from '../../../../src/core/errors.ts';

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

  it('of a second device as an argument of its own says how several are named', () => {
    assert.equal(hintFor(['device'], ['hall']), 'several devices are one word, with commas: kitchen,hall');
  });

  const messageOf = async (flags: Interfaces.FlagInput, words: readonly string[]): Promise<string> => {
    const thrown: unknown = await Parser.parse([...words], { flags }).then(
      () => assert.fail('it is no error'),
      (error: unknown) => error,
    );
    const error = translateUsageError(thrown, { id: 'x', flagNames: [], unexpectedArgumentHint: undefined });
    assert.ok(error instanceof OsError);
    assert.equal(error.code, 'usage');
    return error.message;
  };

  it('of flags that need or exclude each other is one line, without a value, which may be a secret', async () => {
    const flags = {
      a: Flags.boolean({ exclusive: ['b', 'text'] }),
      b: Flags.boolean({ exclusive: ['a'] }),
      text: Flags.string(),
      both: Flags.boolean({ dependsOn: ['a', 'text'] }),
      'no-undo': Flags.boolean({ relationships: [{ type: 'some', flags: ['a', 'b'] }] }),
    };
    assert.equal(await messageOf(flags, ['--no-undo']), '--no-undo needs --a or --b');
    assert.equal(await messageOf(flags, ['--both']), '--both needs --a and --text');
    assert.equal(await messageOf(flags, ['--both', '--no-undo']), '--both needs --a and --text');
    assert.equal(await messageOf(flags, ['--b', '--a']), '--a and --b exclude each other');
    for (const value of ['secret', 'secret\nof lines', '=', ''])
      assert.equal(await messageOf(flags, ['--a', '--text', value]), '--a and --text exclude each other');
    assert.equal(
      await messageOf({ must: Flags.string({ required: true }) }, []),
      'a flag is missing: --must',
    );
  });

  it('of a version asked for in the ways of other tools names os --version', () => {
    for (const word of ['version', '-v', '-V'])
      assert.throws(() => findCommand(['scan', 'network:list'], [word]), {
        hint: 'did you mean `os --version`?',
      });
  });
});
