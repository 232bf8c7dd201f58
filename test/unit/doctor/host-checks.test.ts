import assert from 'node:assert/strict';
import { clockSkew } from '../../../src/doctor/checks/host/clock-skew.ts';
import { configJson } from '../../../src/doctor/checks/host/config-json.ts';
import { defaultRoute } from '../../../src/doctor/checks/host/default-route.ts';
import { diskSpace } from '../../../src/doctor/checks/host/disk-space.ts';
import { failedUnits } from '../../../src/doctor/checks/host/failed-units.ts';
import { hostName } from '../../../src/doctor/checks/host/host-name.ts';
import { inodes } from '../../../src/doctor/checks/host/inodes.ts';
import { journal } from '../../../src/doctor/checks/host/journal.ts';
import { load } from '../../../src/doctor/checks/host/load.ts';
import { memory } from '../../../src/doctor/checks/host/memory.ts';
import { oomKills } from '../../../src/doctor/checks/host/oom-kills.ts';
import { osRelease } from '../../../src/doctor/checks/host/os-release.ts';
import { otherSpace } from '../../../src/doctor/checks/host/other-space.ts';
import { pendingUpdate } from '../../../src/doctor/checks/host/pending-update.ts';
import { readOnly } from '../../../src/doctor/checks/host/read-only.ts';
import { restartingServices } from '../../../src/doctor/checks/host/restarting-services.ts';
import { storageErrors } from '../../../src/doctor/checks/host/storage-errors.ts';
import { temperature } from '../../../src/doctor/checks/host/temperature.ts';
import { underVoltage } from '../../../src/doctor/checks/host/under-voltage.ts';
import type { Finding } from '../../../src/doctor/finding.ts';

const judged = (finding: Finding, expected: string, text = /./): void => {
  const status = 'exitCode' in finding ? ` ${finding.exitCode.toString()}` : '';
  assert.equal(`${finding.result}${status}`, expected, finding.evidence);
  assert.match(`${finding.evidence}${'advice' in finding ? ` → ${finding.advice}` : ''}`, text);
};

const df = (available: number): string =>
  `Filesystem     1024-blocks      Used Available Capacity Mounted on\n/dev/mmcblk0p6    14000000  13000000 ${available.toString()}      99% /mnt/data\n`;

describe('the checks of the host OS (recorded answers)', () => {
  it('OS release: one from before 2.85 is a warning that says of when it is, quoted or not', () => {
    judged(
      osRelease.judge('VERSION="2.44.0+rev1"\nPRETTY_NAME="balenaOS 2.44.0+rev1"\n'),
      'warning',
      /2\.44.*before September 2021/,
    );
    judged(osRelease.judge('VERSION=6.5.44\nPRETTY_NAME="balenaOS 6.5.44"\n'), 'ok', /balenaOS 6/);
    judged(osRelease.judge(''), 'unknown');
  });

  it('config.json: one that does not parse blocks with status 4 and shows none of its secrets', () => {
    judged(configJson.judge('{"hostname":"a"}'), 'ok', /1 keys/);
    judged(configJson.judge('{"apiKey":"geheim",}'), 'blocks 4', /does not parse.*config edit/);
    assert.doesNotMatch(configJson.judge('{"apiKey": geheim}').evidence, /geheim/);
    judged(configJson.judge(''), 'blocks 4', /empty/);
    judged(configJson.judge('[]'), 'blocks 4');
  });

  it('clock: a device whose clock is off by minutes is a warning (recorded, as no clock is changed)', () => {
    const nowMs = Date.UTC(2026, 0, 1);
    const at = (offsetS: number) => ({ answer: `${(nowMs / 1000 + offsetS).toString()}\n`, nowMs });
    judged(clockSkew.judge(at(2)), 'ok');
    judged(clockSkew.judge(at(-3600)), 'warning', /1 h behind.*ntpServers/);
    judged(clockSkew.judge(at(90)), 'warning', /1 min 30 s ahead/);
    judged(clockSkew.judge({ answer: '', nowMs }), 'unknown');
  });

  it('host name: a conflict on the network is told with the name it is published as', () => {
    const answer = (...lines: string[]): string => ['kitchen', 'StatusText=', ...lines].join('\n');
    judged(hostName.judge(answer('Server startup complete. Host name is kitchen.local.')), 'ok');
    judged(
      hostName.judge(answer('Server startup complete. Host name is kitchen-2.local.')),
      'warning',
      /kitchen-2/,
    );
    judged(
      hostName.judge(answer('Host name conflict, retrying with kitchen-2')),
      'warning',
      /called kitchen too/,
    );
  });

  it('its way out: no default route and no name server are warnings', () => {
    const routes = 'eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n';
    judged(defaultRoute.judge(`${routes}\nresolv\nnameserver 127.0.0.2\n`), 'ok', /eth0/);
    judged(defaultRoute.judge('Iface\n\nresolv\nnameserver 127.0.0.2\n'), 'warning', /no default route/);
    judged(defaultRoute.judge(`${routes}\nresolv\n`), 'warning', /name server/);
  });

  it('its way out: a modem has a default route without a gateway, IPv6 one of its own; half of the addresses are none', () => {
    const judge = (line: string): Finding =>
      defaultRoute.judge(`Iface\n${line}\n\nresolv\nnameserver 127.0.0.2\n`);
    const ipv6 = (gateway: string, flags: string, name: string): string =>
      `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 ${gateway} 00000400 00000005 00000000 ${flags}     ${name}`;
    judged(judge('wwan0\t00000000\t00000000\t0001\t0\t0\t700\t00000000\t0\t0\t0'), 'ok', /wwan0/);
    judged(judge(ipv6(`fe80${'0'.repeat(28)}`, '00000003', 'wlan0')), 'ok', /through wlan0/);
    for (const none of [
      'tun0\t00000000\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0',
      '*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0',
      ipv6('0'.repeat(32), '00200200', 'lo'),
    ])
      judged(judge(none), 'warning', /no default route/);
  });

  it('space: a full data partition blocks with status 9', () => {
    judged(diskSpace.judge(df(10_000)), 'blocks 9', /10\.2 MB free.*os clean/);
    judged(diskSpace.judge(df(500_000)), 'warning');
    judged(diskSpace.judge(df(9_000_000)), 'ok');
    judged(diskSpace.judge('df: /mnt/data: No such file'), 'unknown');
    // Of a partition that is not mounted, df tells the space of the root.
    const ofRoot = df(9_000_000).replace('/mnt/data', '/');
    for (const check of [diskSpace, inodes])
      judged(check.judge(ofRoot), 'unknown', /\/mnt\/data is not mounted/);
    judged(otherSpace.judge(ofRoot), 'unknown');
    judged(otherSpace.judge(df(10).replace('/mnt/data', '/mnt/state')), 'warning', /\/mnt\/state/);
  });

  it('inodes: none left blocks with status 9; a file system that makes them as needed has enough', () => {
    judged(
      inodes.judge('Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/x 1000 999 1 99% /mnt/data\n'),
      'blocks 9',
    );
    judged(inodes.judge('/dev/x 100000 98000 2000 98% /mnt/data\n'), 'warning');
    judged(inodes.judge('/dev/x 0 0 0 - /mnt/data\n'), 'ok');
  });

  it('writable partitions: read-only data blocks with status 4, read-only state is a warning', () => {
    const mounts = (data: string, state: string): string =>
      `/dev/a /mnt/data ext4 ${data},relatime 0 0\n/dev/b /mnt/state ext4 ${state},relatime 0 0\n`;
    judged(readOnly.judge(mounts('rw', 'rw')), 'ok');
    judged(readOnly.judge(mounts('ro', 'rw')), 'blocks 4', /\/mnt\/data read-only/);
    judged(readOnly.judge(mounts('rw', 'ro')), 'warning', /\/mnt\/state read-only/);
    judged(
      readOnly.judge('/dev/b /mnt/state ext4 rw,relatime 0 0\n'),
      'blocks 4',
      /\/mnt\/data is not mounted/,
    );
  });

  it('errors of the card: what the kernel says of a failing SD card (recorded)', () => {
    const log = [
      'mmc0: error -110 whilst initialising SD card',
      'blk_update_request: I/O error, dev mmcblk0, sector 1218560 op 0x1:(WRITE)',
      'EXT4-fs error (device mmcblk0p6): ext4_find_entry:1455: inode #2: comm balenad: reading directory',
    ];
    for (const line of log) judged(storageErrors.judge(line), 'warning', /replace the card/);
    judged(storageErrors.judge('mmc0: new high speed SDHC card at address aaaa'), 'ok');
  });

  it('power supply: now and since boot are told apart, in both spellings of the kernel (recorded)', () => {
    judged(underVoltage.judge('throttled 50005\n'), 'warning', /too low now/);
    judged(underVoltage.judge('throttled 50000\n'), 'warning', /since it booted \(not now\)/);
    judged(underVoltage.judge('throttled 0\n'), 'ok', /enough/);
    judged(underVoltage.judge('alarm 1\n'), 'warning', /now/);
    judged(underVoltage.judge('Under-voltage detected! (0x00050005)\n'), 'warning', /since/);
    judged(underVoltage.judge('hwmon hwmon1: Undervoltage detected!\n'), 'warning', /since/);
    judged(underVoltage.judge(''), 'ok', /does not tell/);
  });

  it('temperature: a hot board is a warning (recorded)', () => {
    judged(temperature.judge('48312\n83200\n'), 'warning', /83 °C/);
    judged(temperature.judge('48312\n'), 'ok');
    judged(temperature.judge(''), 'ok', /does not tell/);
  });

  it('memory and load: little left of either is a warning', () => {
    judged(memory.judge('MemTotal:  1000000 kB\nMemAvailable:  20000 kB\n'), 'warning');
    judged(memory.judge('MemTotal:  1000000 kB\nMemFree:  800000 kB\n'), 'ok');
    judged(load.judge('0.10 20.00 3.00 1/200 999\n4\n100\n'), 'warning');
    judged(load.judge('0.10 0.20 0.30 1/200 999\n4\n100\n'), 'ok');
  });

  it('out of memory: what the kernel killed is named (recorded)', () => {
    const line =
      'Out of memory: Killed process 2213 (node) total-vm:900000kB, anon-rss:400000kB, file-rss:0kB, shmem-rss:0kB';
    judged(oomKills.judge(`${line}\n${line}\n`), 'warning', /2 killed.*: node/);
    judged(oomKills.judge(''), 'ok');
  });

  it('failed units and restarting services are named', () => {
    judged(
      failedUnits.judge('openvpn.service loaded failed failed OpenVPN\n'),
      'warning',
      /openvpn\.service/,
    );
    judged(failedUnits.judge(''), 'ok');
    judged(failedUnits.judge('unasked'), 'unknown');
    judged(
      restartingServices.judge('shop-web-1 Restarting (1) 2 seconds ago\nasked\n'),
      'warning',
      /shop-web-1/,
    );
    judged(restartingServices.judge('asked'), 'ok');
    judged(restartingServices.judge(''), 'unknown');
  });

  it('journal: one in memory that has lost the beginning of this boot is a warning', () => {
    const answer = (firstUs: number): string =>
      `5000000\n7200\n{"__MONOTONIC_TIMESTAMP":"${firstUs.toString()}","MESSAGE":"x"}\n`;
    judged(journal.judge(answer(3_600_000_000)), 'warning', /oldest entry is 1 h old.*persistentLogging/);
    judged(journal.judge(answer(5_100_000)), 'ok', /all of this boot/);
    judged(journal.judge('persistent\n'), 'ok', /on disk/);
    judged(journal.judge('5000000\n7200\n'), 'unknown');
  });

  it('OS update: one that is being tested, and one that was rolled back, are told', () => {
    judged(pendingUpdate.judge('rollback-health-breadcrumb\n'), 'warning', /reboots are refused/);
    judged(pendingUpdate.judge('rollback-health-triggered\n'), 'warning', /rolled back/);
    judged(pendingUpdate.judge(''), 'ok');
  });
});
