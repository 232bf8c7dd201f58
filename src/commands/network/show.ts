import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { severalOnFlags } from '../../cli/flags/several-flags.ts';
import { onSeveralFlag } from '../../cli/flags/host-flags.ts';
import { namesOf, openHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { OsError } from '../../core/errors.ts';
import { readProfileText } from '../../host/network/connections.ts';
import { describeProfile, maskProfile } from '../../host/network/describe-profile.ts';
import { formatKeyfile, parseKeyfile } from '../../host/network/keyfile.ts';
import { renderProfileText } from '../../ui/host/network.ts';

export default class NetworkShow extends OsCommand {
  static override summary = 'print a network connection of a device or image';
  static override description = `Prints a profile as NetworkManager reads it. Passphrases, passwords and PINs are hidden \
unless asked for.`;

  static override examples = ['<%= config.bin %> network show office --on mydevice'];

  static override args = {
    name: Args.string({
      required: true,
      description: 'name of the connection; `os network list` shows them',
    }),
  };
  static override devices = 'on' as const;
  static override flags = {
    ...severalOnFlags,
    on: onSeveralFlag,
    'show-secrets': Flags.boolean({ description: 'print passphrases, passwords and PINs too' }),
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key',
    7: 'the profile is not a key file: the line is shown',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NetworkShow);
    const { signal } = this;
    await using target = await openHostTarget(flags.on, this);
    const text = /[/\0]/.test(args.name) ? undefined : await readProfileText(target.files, args.name, signal);
    if (text === undefined)
      throw new OsError('usage', `${target.name} has no connection ${JSON.stringify(args.name)}`, {
        hint: '`os network list` shows those that it has',
      });
    const file = parseKeyfile(text);
    const shown = formatKeyfile(flags['show-secrets'] ? file : maskProfile(file));
    this.answer(
      { ...namesOf(target), name: args.name, facts: describeProfile(file), text: shown },
      renderProfileText,
    );
  }
}
