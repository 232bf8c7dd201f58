import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { severalOnFlags } from '../../cli/flags/several-flags.ts';
import { onSeveralFlag, readUndoAfter, undoFlags } from '../../cli/flags/host-flags.ts';
import { networkFlags, readNetworkProfile } from '../../cli/flags/network-flags.ts';
import { OsError } from '../../core/errors.ts';
import type { Parsed } from '../../cli/several/device-words.ts';
import { confirmUsed } from '../../cli/terminal/confirm.ts';
import { readSecret } from '../../cli/terminal/read-secret.ts';
import { addImageConnection } from '../../cli/verbs/host/change-image.ts';
import { addConnection } from '../../cli/verbs/host/change-network.ts';
import { changeHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { systemClock } from '../../core/clock.ts';
import { checkProfile } from '../../host/network/check-profile.ts';
import { guardReporter } from '../../ui/host/guard.ts';
import { renderNetworkChanged } from '../../ui/host/network.ts';

export default class NetworkAdd extends OsCommand {
  static override summary = 'add a network connection to a device or image';
  static override description = `Writes a profile of NetworkManager to the boot partition of a device, where it outlasts \
a reset, and to its state, has NetworkManager load it, and connects. In an image of the OS (--on ./os.img) it is there from the first boot on. Without --ssid, --apn or --vlan it is for Ethernet; \
without --ip the address comes from the network.

The passphrase is asked for, or read from --passphrase-file. For a network that speaks WPA2 and WPA3 leave out --wpa3.

A connection that is in use is replaced only once its name is typed, or with --yes.

The device undoes the change by itself unless it is reached again in time, also when its power was cut in between.`;

  static override examples = [
    {
      description: 'a Wi-Fi network',
      command: '<%= config.bin %> network add office --ssid "Office 5G" --on mydevice',
    },
    {
      description: 'in an image, before it is flashed',
      command:
        '<%= config.bin %> network add office --ssid "Office 5G" --passphrase-file wifi.txt --on ./os.img',
    },
    {
      description: 'a fixed address',
      command:
        '<%= config.bin %> network add fixed --interface eth0 --ip 192.168.0.101/24 --gateway 192.168.0.1 --dns 192.168.0.1 --on mydevice',
    },
    {
      description: 'a modem',
      command:
        '<%= config.bin %> network add mobile --apn web.example --metered yes --no-activate --on mydevice',
    },
    {
      description: 'an enterprise network, from a script',
      command:
        'pass show work | <%= config.bin %> network add work --ssid Work --eap peap --identity me --ca work.pem --passphrase-file - --on mydevice',
    },
  ];

  static override args = {
    name: Args.string({ required: true, description: 'name of the connection and of its file' }),
  };
  static override devices = 'on' as const;
  static override flags = {
    ...severalOnFlags,
    on: onSeveralFlag,
    ...networkFlags,
    replace: Flags.boolean({ description: 'replace a connection of this name' }),
    yes: Flags.boolean({
      char: 'y',
      description: 'replace it also where it is in use, without a question',
      dependsOn: ['replace'],
    }),
    'no-activate': Flags.boolean({ description: 'do not connect now' }),
    ...undoFlags,
  };
  static override exitStatus = {
    2: 'the connection to replace is in use, nobody can be asked, and --yes is missing',
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key; NetworkManager does not accept the profile',
    7: 'NetworkManager would ignore or misread such a profile; nothing was written',
    9: 'out of space on the device',
    10: 'the device was not reached after the change, and has undone it',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NetworkAdd);
    const { output, signal } = this;
    const undoAfterS = readUndoAfter(flags);
    const { profile, files } = await readNetworkProfile(args.name, flags, what =>
      readSecret(flags['passphrase-file'], what, signal),
    );
    checkProfile(profile);
    const isActivated = !flags['no-activate'];
    const request = { profile, files, isReplacing: flags.replace, isActivated, undoAfterS };
    const confirm = (interfaceName: string, deviceName: string): Promise<void> =>
      confirmUsed(args.name, { interfaceName, deviceName, isAgreed: flags.yes, signal });
    const report = guardReporter(output);
    const changed = await changeHostTarget(flags.on, this, {
      onDevice: device =>
        addConnection(
          { ...request, confirm: interfaceName => confirm(interfaceName, device.name) },
          { device, clock: systemClock, report, signal },
        ),
      onImage: (boot, names) => addImageConnection(boot, names, request, signal),
    });
    this.answer(changed, renderNetworkChanged('added'));
  }

  protected override checkSeveral({ flags }: Parsed): void {
    if (flags['ip'] !== undefined)
      throw new OsError('usage', '--ip: several devices cannot have the same address', {
        hint: 'add the connection on one device after the other',
      });
  }
}
