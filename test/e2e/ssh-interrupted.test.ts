import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { eventually } from '../support/eventually.ts';
import { deviceEnvironment, upTimeoutMs } from '../support/emulated-device.ts';
import { root } from '../support/run-program.ts';
import { useSharedDevice } from '../support/shared-device.ts';

describe('os ssh that is interrupted', function () {
  this.timeout(upTimeoutMs);
  const device = useSharedDevice();
  const onDevice = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await device().ssh(script);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  /** Every container, service and daemon of the device, with its process and when that was started. */
  const bystanders = (): Promise<string> =>
    onDevice(`
      docker inspect --format '{{.Name}} {{.State.Pid}} {{.State.StartedAt}}' $(docker ps --all --quiet) | sort
      for unit in dbus systemd-journald systemd-udevd systemd-logind NetworkManager avahi-daemon balena beside; do
        systemctl show --property=Id,MainPID,NRestarts,ExecMainStartTimestamp --value $unit | paste --serial
      done
      for file in /run/orphan-*; do read pid < $file; echo orphan $(cut --delimiter=' ' --fields=22 /proc/$pid/stat); done`);

  before(async () => {
    await eventually(() => onDevice('docker image inspect busybox'));
    await onDevice(`
      for name in one two three; do docker run --detach --name $name --init busybox sleep 100000; done
      systemd-run --unit=beside sleep 100000
      for i in 1 2 3; do setsid sh -c "echo \\$\\$ > /run/orphan-$i; exec sleep 100000" > /dev/null 2>&1 < /dev/null & done
      for i in 1 2 3; do until [ -s /run/orphan-$i ]; do sleep 0.1; done; done`);
  });

  /** Runs a line of this machine's shell in which `$os` is the program. */
  async function runLine(line: string): Promise<void> {
    const os = `${process.execPath} ${path.join(root, 'bin/run.js')}`;
    const env = { ...process.env, ...deviceEnvironment(), os };
    await once(spawn('bash', ['-c', line], { env, stdio: 'ignore' }), 'exit');
  }

  it('signals no container, service or daemon of the device, 50 times', async () => {
    const before = await bystanders();
    const at = device().address;
    const cutOff = `$os ssh ${at} -- 'seq 200000' | head -1`;
    for (let round = 0; round < 5; round++) {
      // Around the time at which the command starts, on a slow machine too.
      const interrupted = ['1.2', '1.6', '2.0', '2.8', '4.0'].map(
        delay => `timeout -s INT ${delay} $os ssh ${at} -- 'sleep 15 & echo started'`,
      );
      await Promise.all(interrupted.flatMap(line => [line, cutOff]).map(runLine));
    }
    assert.equal(await bystanders(), before);
    await eventually(async () => assert.equal(await onDevice('pgrep --full "sleep [1]5" || true'), ''));
  });
});
