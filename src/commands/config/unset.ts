import { Args } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { severalOnFlags } from '../../cli/flags/several-flags.ts';
import { onSeveralFlag, readUndoAfter, undoFlags } from '../../cli/flags/host-flags.ts';
import { changeDeviceConfig } from '../../cli/verbs/host/change-config.ts';
import { changeImageConfig } from '../../cli/verbs/host/change-image.ts';
import { changeHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { systemClock } from '../../core/clock.ts';
import { parseKeyPath } from '../../host/config/key-path.ts';
import { renderConfigChanged } from '../../ui/host/config.ts';
import { guardReporter } from '../../ui/host/guard.ts';

export default class ConfigUnset extends OsCommand {
  static override summary = 'remove a key from the configuration of a device or image';
  static override description = `Removes one key of config.json on a device, or in an image of the OS, so that the OS uses its default; other \
keys stay as they are. Applied and, where it touches what the device is reached by, undone as with \`os config set\`.`;

  static override examples = [
    {
      description: 'back to the default name',
      command: '<%= config.bin %> config unset hostname --on kitchen',
    },
    {
      description: 'one of several rules',
      command: '<%= config.bin %> config unset os.udevRules.usb --on kitchen',
    },
  ];

  static override args = {
    key: Args.string({ required: true, description: 'dotted key, e.g. os.sshKeys' }),
  };
  static override devices = 'on' as const;
  static override flags = { ...severalOnFlags, on: onSeveralFlag, ...undoFlags };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key, a read-only file system',
    7: 'config.json is not valid JSON; nothing was written',
    8: 'somebody else changed config.json at the same time',
    9: 'out of space on the device',
    10: 'the device was not reached after the change, and has undone it',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigUnset);
    const { output, signal } = this;
    const path = parseKeyPath(args.key);
    const undoAfterS = readUndoAfter(flags);
    const change = { kind: 'unset', path } as const;
    const report = guardReporter(output);
    const changed = await changeHostTarget(flags.on, this, {
      onDevice: device =>
        changeDeviceConfig({ change, undoAfterS }, { device, clock: systemClock, report, signal }),
      onImage: (files, names) => changeImageConfig(files, names, change, signal),
    });
    this.answer({ key: args.key, ...changed }, renderConfigChanged);
  }
}
