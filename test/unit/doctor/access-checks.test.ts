import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import type { EngineFacts } from '../../../src/device/engine-probe.ts';
import { enginePort } from '../../../src/doctor/checks/access/engine-port.ts';
import { engineRelease } from '../../../src/doctor/checks/access/engine-release.ts';
import { engineSpeed } from '../../../src/doctor/checks/access/engine-speed.ts';
import { linkSpeed } from '../../../src/doctor/checks/access/link-speed.ts';
import { localMode, parseEvidence } from '../../../src/doctor/checks/access/local-mode.ts';
import { reachable } from '../../../src/doctor/checks/access/reachable.ts';
import { sshPort } from '../../../src/doctor/checks/access/ssh-port.ts';
import { storageDriver } from '../../../src/doctor/checks/access/storage-driver.ts';
import { supervisorPort } from '../../../src/doctor/checks/access/supervisor-port.ts';
import { variant } from '../../../src/doctor/checks/access/variant.ts';
import type { EngineAnswer } from '../../../src/doctor/device-answers.ts';
import type { Finding } from '../../../src/doctor/finding.ts';

const facts = { version: '25.0.3', storageDriver: 'overlay2' } as EngineFacts;
const open = (changed: Partial<EngineFacts> = {}, tookMs = 20): EngineAnswer => ({
  port: 2375,
  facts: { ...facts, ...changed },
  said: null,
  tookMs,
});
const shut: EngineAnswer = { port: 2377, facts: null, said: 'refused', tookMs: 1 };
const brief = (finding: Finding): string =>
  `${finding.result}${'exitCode' in finding ? ` ${finding.exitCode.toString()}` : ''}`;
const failure = (code: string): { code: string; message: string; hint: null } => ({
  code,
  message: `${code}!`,
  hint: null,
});

describe("the checks of a device's ports (recorded answers)", () => {
  it('address: a device that is not found blocks with status 3, another one under its address with 3 too', () => {
    assert.equal(brief(reachable.judge({ name: 'kitchen.local', address: '192.0.2.9' })), 'ok');
    assert.equal(brief(reachable.judge(new OsError('device-not-found', 'no'))), 'blocks 3');
    assert.equal(brief(reachable.judge(new OsError('host-key-changed', 'no'))), 'blocks 4');
    assert.equal(brief(reachable.judge(new Error('a defect'))), 'unknown');
  });

  it('engine port: who answers on each; closed is a warning with a session, and blocks with status 4 without', () => {
    const found = enginePort.judge({ engines: [shut, open()], ssh: { isLoggedIn: false } });
    assert.deepEqual(found, { result: 'ok', evidence: '2377 refused, 2375 engine 25.0.3' });
    assert.equal(brief(enginePort.judge({ engines: [shut], ssh: { isLoggedIn: true } })), 'warning');
    assert.equal(brief(enginePort.judge({ engines: [shut], ssh: { isLoggedIn: false } })), 'blocks 4');
  });

  it('engine answers: one that takes seconds is a warning', () => {
    assert.equal(brief(engineSpeed.judge([open({}, 4000)])), 'warning');
    assert.equal(brief(engineSpeed.judge([open()])), 'ok');
    assert.equal(brief(engineSpeed.judge([shut])), 'unknown');
  });

  it('engine release: a line older than the current one is a warning that says of when it is', () => {
    for (const [version, pattern] of [
      ['19.03.18', /a line of 2019; the current one is 20\.10/],
      ['18.09.17-dev', /2018/],
      ['1.13.1', /before 2017/],
    ] as const) {
      const finding = engineRelease.judge(open({ version }));
      assert.equal(brief(finding), 'warning');
      assert.match(finding.evidence, pattern);
    }
    for (const version of ['20.10.44', '25.0.3', 'dev'])
      assert.equal(brief(engineRelease.judge(open({ version }))), 'ok');
  });

  it('speed of the link: one that is too slow for pushes is a warning that says what it means', () => {
    assert.equal(brief(linkSpeed.judge({ sizeBytes: 16_384, tookMs: 30 })), 'ok');
    assert.equal(brief(linkSpeed.judge({ sizeBytes: 0, tookMs: 0 })), 'ok');
    const slow = linkSpeed.judge({ sizeBytes: 16_000, tookMs: 2000 });
    assert.equal(brief(slow), 'warning');
    assert.match(slow.evidence, /8\.0 kB\/s: a push of 10 MB takes 21 minutes/);
  });

  it('storage driver: one that copies whole images is a warning', () => {
    assert.equal(brief(storageDriver.judge(open({ storageDriver: 'vfs' }))), 'warning');
    for (const driver of ['overlay2', 'aufs'])
      assert.equal(brief(storageDriver.judge(open({ storageDriver: driver }))), 'ok');
    assert.equal(brief(storageDriver.judge(undefined)), 'unknown');
  });

  it('SSH port: a changed host key blocks with status 4; a refused key only where the engine is closed too', () => {
    const ssh = (code: string, isOpen = true) => ({ isOpen, isLoggedIn: false, failure: failure(code) });
    assert.equal(brief(sshPort.judge({ ssh: ssh('host-key-changed'), isEngineOpen: true })), 'blocks 4');
    assert.equal(brief(sshPort.judge({ ssh: ssh('auth-refused'), isEngineOpen: true })), 'warning');
    assert.equal(brief(sshPort.judge({ ssh: ssh('auth-refused'), isEngineOpen: false })), 'blocks 4');
    assert.equal(
      brief(sshPort.judge({ ssh: ssh('device-unreachable', false), isEngineOpen: false })),
      'blocks 3',
    );
    const refused = { code: 'device-unreachable', message: 'port 22222: refused', hint: null };
    const shutPort = { isOpen: false, isLoggedIn: false, failure: refused };
    assert.equal(sshPort.judge({ ssh: shutPort, isEngineOpen: true }).evidence, 'port 22222: refused');
    const fine = { isOpen: true, isLoggedIn: true, failure: null };
    assert.equal(brief(sshPort.judge({ ssh: fine, isEngineOpen: false })), 'ok');
  });

  it('supervisor port: nobody there is in order', () => {
    assert.equal(brief(supervisorPort.judge(null)), 'ok');
    const supervisor = { port: 48484, version: '17.0.3', deviceType: null, arch: null };
    assert.match(supervisorPort.judge(supervisor).evidence, /supervisor 17\.0\.3/);
  });

  it('variant: production is a warning that says how to change it', () => {
    const finding = variant.judge('production');
    assert.match('advice' in finding ? finding.advice : '', /developmentMode true.*--via ssh/);
    assert.equal(brief(variant.judge('standalone')), 'ok');
    assert.equal(brief(variant.judge(null)), 'unknown');
  });

  it('local mode: every mode is judged, and what the host tells is read', () => {
    const modes = [
      ['none', 'ok'],
      ['unmanaged', 'ok'],
      ['local-mode', 'ok'],
      ['down', 'warning'],
      ['local-mode-off', 'warning'],
      ['local-mode-left', 'warning'],
      [undefined, 'unknown'],
    ] as const;
    for (const [mode, result] of modes)
      assert.equal(brief(localMode.judge({ mode, unknown: ['engine'] })), result);
    const left = localMode.judge({ mode: 'local-mode-left', unknown: [] });
    assert.match(
      'advice' in left ? left.advice : '',
      /its start turns it on again: .* supervisor --restart$/,
    );
    assert.deepEqual(
      parseEvidence('{"apiEndpoint":"https://api"}\nunits\nLoadState=loaded ActiveState=active \n'),
      { isManaged: true, container: 'running' },
    );
    assert.deepEqual(parseEvidence('{}\nunits\nLoadState=not-found ActiveState=inactive \n'), {
      isManaged: false,
      container: 'absent',
    });
  });
});
