import { OsCommand } from '../../cli/base-command.ts';
import { severalOnFlags } from '../../cli/flags/several-flags.ts';
import { onSeveralFlag } from '../../cli/flags/host-flags.ts';
import { namesOf, openHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { listConnections } from '../../host/network/connections.ts';
import { renderConnections } from '../../ui/host/network.ts';

export default class NetworkList extends OsCommand {
  static override summary = 'list the network connections of a device or image';
  static override description = `Lists the profiles of NetworkManager in an image of the OS, or on a device: those on the boot partition, which a \
device gets again after a reset, those in its state alone, and files that NetworkManager ignores.`;

  static override examples = [
    '<%= config.bin %> network list --on mydevice',
    {
      description: 'the names of Wi-Fi networks, for a script',
      command:
        "<%= config.bin %> network list --on mydevice --json | jq -r '.result.connections[].facts.ssid'",
    },
  ];

  static override devices = 'on' as const;
  static override flags = { ...severalOnFlags, on: onSeveralFlag };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key',
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(NetworkList);
    const { signal } = this;
    await using target = await openHostTarget(flags.on, this);
    const connections = await listConnections(target, signal);
    this.answer({ ...namesOf(target), connections }, renderConnections);
  }
}
