import assert from 'node:assert/strict';
import type { Diagnosis } from '../../../../src/doctor/run-checks.ts';
import { renderDiagnosis } from '../../../../src/ui/answers/doctor.ts';
import { fakeOutput } from '../../../support/fake-output.ts';

const fine = ['network interfaces', 'route to the device', 'multicast', 'clock of this machine'].map(
  title => ({ check: title, title, room: 'machine', result: 'ok', evidence: 'fine' }) as const,
);
const diagnosis: Diagnosis = {
  device: 'kitchen.local',
  address: null,
  outcomes: [
    ...fine,
    {
      check: 'a',
      title: 'firewall',
      room: 'machine',
      result: 'warning',
      evidence: 'it drops what the devices answer to a question',
      advice: 'let it in: ufw allow proto udp from any port 5353',
    },
  ],
  exitCode: 0,
};

describe('the findings of os doctor', () => {
  it('break between words on a terminal, and what is to be typed does not', () => {
    const output = fakeOutput('tty');
    output.size.columns = 64;
    assert.deepEqual(renderDiagnosis(diagnosis, output, { isVerbose: false }).split('\n').slice(1, 6), [
      '  ok       4 checks: network interfaces, route to the device,',
      '           multicast, clock of this machine',
      '  warning  firewall               it drops what the devices',
      '                                  answer to a question',
      '                                  → let it in: ufw allow proto udp from any port 5353',
    ]);
  });

  it('stand below their titles where the terminal is narrow', () => {
    const output = fakeOutput('tty');
    output.size.columns = 40;
    assert.deepEqual(renderDiagnosis(diagnosis, output, { isVerbose: false }).split('\n').slice(1, 9), [
      '  ok       4 checks: network interfaces,',
      '           route to the device,',
      '           multicast, clock of this',
      '           machine',
      '  warning  firewall',
      '    it drops what the devices answer to',
      '    a question',
      '    → let it in: ufw allow proto udp from any port 5353',
    ]);
  });

  it('end in a line that breaks between words too', () => {
    const output = fakeOutput('tty');
    output.size.columns = 24;
    assert.match(
      renderDiagnosis(diagnosis, output, { isVerbose: false }),
      /\nnothing blocks local\ndevelopment; 1 warning\n$/,
    );
  });

  it('are one line each in a pipe', () => {
    const text = renderDiagnosis(diagnosis, fakeOutput('plain'), { isVerbose: false });
    assert.match(text, /^ {2}ok {7}4 checks: network interfaces, .*, clock of this machine$/m);
  });
});
