import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { severalOnFlags } from '../../cli/flags/several-flags.ts';
import { onSeveralFlag } from '../../cli/flags/host-flags.ts';
import { namesOf, openHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { getDeviceConfig } from '../../cli/verbs/host/get-config.ts';
import { renderConfigValue } from '../../ui/host/config.ts';

export default class ConfigGet extends OsCommand {
  static override summary = 'print the configuration of a device or image';
  static override description = `Prints config.json of a device, or of an image of the OS (--on ./os.img, also compressed), or the value of one key: text as it is, anything else \
as JSON. Secrets are hidden unless asked for. \`os config schema\` lists the keys that the OS reads.`;

  static override examples = [
    { description: 'all of it', command: '<%= config.bin %> config get --on mydevice' },
    { description: 'of an image', command: '<%= config.bin %> config get --on ./os.img.xz' },
    { description: 'one value', command: '<%= config.bin %> config get hostname --on mydevice' },
    {
      description: 'for a script',
      command: "<%= config.bin %> config get os.sshKeys --on mydevice --json | jq '.result.value[]'",
    },
  ];

  static override args = {
    key: Args.string({ description: 'dotted key, e.g. os.sshKeys; everything without one' }),
  };
  static override devices = 'on' as const;
  static override flags = {
    ...severalOnFlags,
    on: onSeveralFlag,
    'show-secrets': Flags.boolean({ description: 'also print API keys, tokens and passwords' }),
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key; it has no config.json',
    7: 'config.json is not valid JSON (line and column are shown), or has no such key',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigGet);
    const { signal } = this;
    await using target = await openHostTarget(flags.on, this);
    const result = await getDeviceConfig(
      { key: args.key, areSecretsShown: flags['show-secrets'] },
      { device: target, signal },
    );
    this.answer({ ...namesOf(target), ...result }, ({ value }) => renderConfigValue(value));
  }
}
