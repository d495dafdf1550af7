// @ts-check
/**
 * Loaded before a program that is measured (`node --import`): when it ends, says what it took.
 * From inside, because only the process itself is told its exact peak on every system.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const path = process.env['SHELFWALK_BENCH_USAGE'];
if (isMainThread && path) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const usage = {
      peakBytes: maxRSS * 1024,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      wallSeconds: process.uptime(),
    };
    writeFileSync(path, JSON.stringify(usage));
  });
}
