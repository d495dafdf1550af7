import { describe, expect, test } from 'vitest';
import { createProgressView, toDuration, toProgressLine } from '../../src/cli/progress.ts';
import { createSink } from './sink.ts';

/** A clock the test sets, and a view on it. */
function open({ isTTY = false, isQuiet = false } = {}) {
  const clock = { ms: 0 };
  const sink = createSink(isTTY);
  const view = createProgressView({ errors: sink.stream, now: () => clock.ms }, isQuiet);
  const report = (atMs: number, stage: string, done: number, total?: number) => {
    clock.ms = atMs;
    view.onProgress({ stage, done, total, unit: 'walks' });
  };
  return { report, view, text: sink.text };
}

describe('elsewhere than on a terminal', () => {
  test('what is over within two seconds says nothing', () => {
    const { report, view, text } = open();
    for (let ms = 0; ms < 2000; ms += 100) report(ms, 'read', ms, 2000);
    view.close();
    expect(text()).toBe('');
  });

  test('then a line every five seconds, whatever the stage, with count, rate and time left', () => {
    const { report, text } = open();
    for (let ms = 0; ms <= 10_000; ms += 250) report(ms, 'train', ms, 20_000);
    report(10_100, 'publish', 1);
    report(12_100, 'publish', 3);
    const lines = text().trimEnd().split('\n');
    expect(lines).toEqual([
      'train  2,000 / 20,000 walks, 1,000/s, 18 s left',
      'train  7,000 / 20,000 walks, 1,000/s, 13 s left',
      'publish  3 walks, 1/s',
    ]);
  });

  test('the rate counts from the first report of a stage: what a resumed stage began with is not work done', () => {
    const { report, text } = open();
    report(0, 'train', 5000, 9000);
    report(4000, 'train', 7000, 9000);
    expect(text()).toBe('train  7,000 / 9,000 walks, 500/s, 4 s left\n');
  });
});

describe('on a terminal', () => {
  test('one bar per stage, ended before the next begins; none for a stage that is over at once', () => {
    const { report, view, text } = open({ isTTY: true });
    for (let ms = 0; ms <= 4000; ms += 500) report(ms, 'train', ms, 4000);
    report(4100, 'glance', 1, 2);
    report(4200, 'glance', 2, 2);
    report(4500, 'publish', 0, 2);
    report(5000, 'publish', 1, 2);
    view.close();
    expect(text()).toMatch(/█+░* train {2}/);
    expect(text()).not.toContain('glance');
    expect(text()).toMatch(/█+░+ publish {2}1 \/ 2 walks/);
    const painted = text()
      .split('\u001b')
      .flatMap((part) => part.match(/[█░].*/) ?? []);
    expect(painted.filter((line) => line.length > 80)).toEqual([]);
    expect(text().endsWith('\n')).toBe(true);
  });

  test('a bar is filled when its work is done, and left as it stands when that has failed', () => {
    for (const isDone of [true, false]) {
      const { report, view, text } = open({ isTTY: true });
      for (let ms = 0; ms <= 2500; ms += 500) report(ms, 'train', ms, 4000);
      if (isDone) view.finish();
      view.close();
      expect(/4,000 \/ 4,000 walks/.test(text())).toBe(isDone);
    }
  });

  test('closing without anything shown is silent', () => {
    const { view, text } = open({ isTTY: true });
    view.close();
    expect(text()).toBe('');
  });
});

test('--quiet shows nothing at all', () => {
  const { report, view, text } = open({ isQuiet: true });
  for (let ms = 0; ms <= 20_000; ms += 500) report(ms, 'train', ms, 20_000);
  view.close();
  expect(text()).toBe('');
});

test('without a total there is neither bar nor time left', () => {
  expect(toProgressLine({ stage: 'read rows', done: 1234567, unit: 'rows' }, { rate: 50_000 })).toBe(
    'read rows  1,234,567 rows, 50,000/s',
  );
});

test.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [75, '1 min 15 s'],
  [3599.6, '1 h 0 min'],
  [7325, '2 h 2 min'],
])('%d s reads %s', (seconds, text) => {
  expect(toDuration(seconds)).toBe(text);
});
