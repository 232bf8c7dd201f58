/** Faults of a device to try things on. They are made when it runs, and end with its boot. */
import { linkName, type DeviceRecord } from '../device/device-record.ts';
import { getInit } from './find-init.ts';
import { runTool } from './tool.ts';

export const faults = ['slow-link', 'full-disk', 'read-only-state', 'flaky'] as const;
export type Fault = (typeof faults)[number];

/** Each way to the device carries 64 kbit/s: token buckets on both ends of its link. */
const bucket = 'root tbf rate 64kbit burst 4kb latency 2s';

/** Its data partition is in memory then, of 128 MB, and 1 MB of it is free. */
const fillDisk = `set -e
systemctl stop balena
umount /var/lib/docker
mount -t tmpfs -o size=128m,mode=755 tmpfs /mnt/data
mkdir -m 710 /mnt/data/docker
mount --bind /mnt/data/docker /var/lib/docker
systemctl start balena
docker load --quiet --input /usr/share/os/busybox.tar
# It has ended with the engine, and needs space to start.
if systemctl start resin-supervisor 2>/dev/null && systemctl is-active -q resin-supervisor; then
  for _ in $(seq 50); do
    docker top balena_supervisor >/dev/null 2>&1 && break
    sleep 0.2
  done
fi
free=$(df -kP /mnt/data | awk 'END { print $4 }')
head -c $(((free - 1000) * 1024)) /dev/zero >/mnt/data/ballast`;

/** The state partition is mounted in many places, each of which is made read-only by itself. */
const lockState = `findmnt -rno TARGET,FSROOT | while read -r target root; do
  case "$target:$root" in /mnt/state:* | *:*/state/root-overlay/*) mount -o remount,bind,ro "$target" ;; esac
done`;

/** Of every 15 seconds it hears nothing for 5. */
const dropOut = `exec systemd-run --quiet --unit=os-fault-flaky /bin/sh -c '
trap "iptables -w -D INPUT -i eth0 -j DROP; ip6tables -w -D INPUT -i eth0 -j DROP; exit" TERM
while :; do
  sleep 10
  iptables -w -I INPUT -i eth0 -j DROP; ip6tables -w -I INPUT -i eth0 -j DROP
  sleep 5
  iptables -w -D INPUT -i eth0 -j DROP; ip6tables -w -D INPUT -i eth0 -j DROP
done'`;

/** Makes `fault` on a running device. Throws OsError `host-unsuitable` where this machine cannot, and `device-unreachable`. */
export async function makeFault(record: DeviceRecord, fault: Fault, signal: AbortSignal): Promise<void> {
  const init = (await getInit(record)).toString();
  const inside = (script: string): Promise<string> =>
    runTool(
      'nsenter',
      ['--target', init, '--mount', '--net', '--pid', '--uts', '--ipc', '/bin/sh', '-c', script],
      {
        signal,
      },
    );
  switch (fault) {
    case 'slow-link': {
      const words = bucket.split(' ');
      await runTool('tc', ['qdisc', 'replace', 'dev', linkName(record), ...words], { signal });
      await runTool(
        'nsenter',
        ['--target', init, '--net', 'tc', 'qdisc', 'replace', 'dev', 'eth0', ...words],
        { signal },
      );
      return;
    }
    case 'full-disk':
      await inside(fillDisk);
      return;
    case 'read-only-state':
      await inside(lockState);
      return;
    case 'flaky':
      await inside(dropOut);
  }
}
