import { hostCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

const question = `cat /proc/sys/kernel/hostname
systemctl show -p StatusText avahi-daemon
journalctl -b -q -u avahi-daemon -o cat --no-pager | grep -E 'Host name is|conflict' | tail -n 5`;

/** Another device with the same name: avahi then takes a number into its own. */
export const hostName = hostCheck({
  id: 'host-name',
  title: 'host name',
  question,
  isSlow: true,
  judge: answer => {
    const [name = '', ...lines] = answer.split('\n');
    if (name === '') return unknown('it tells no host name');
    const rest = lines.join('\n');
    const published = [...rest.matchAll(/Host name is (\S+?)\.local/g)].at(-1)?.[1];
    const isRenamed = published !== undefined && published !== name && /^.+-\d+$/.test(published);
    if (isRenamed || /host name conflict/i.test(rest))
      return warning(
        `another device on the network is called ${name} too: this one is published as ${published ?? 'another name'}`,
        'give it a name of its own: os config set hostname NAME --on DEVICE',
      );
    return ok(published === undefined ? name : `${name}, published as ${published}.local`);
  },
});
