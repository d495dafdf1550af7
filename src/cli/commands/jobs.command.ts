/** shelfwalk jobs: what the server that holds the data directory does by itself. */
import type { Command } from 'commander';
import { addCommand } from '../command.ts';
import { withProgress } from '../progress.ts';
import { openRemoteJobs, toJobError } from '../remote-jobs.ts';
import { toJobsText, toJobText } from '../render-jobs.ts';
import type { Cli } from '../task.ts';

export function addJobsCommands(program: Command, cli: Cli): void {
  const jobs = program
    .command('jobs')
    .description('What a running server does by itself: trainings and the like');
  addCommand(jobs, cli, {
    usage: 'list',
    purpose: 'The newest jobs',
    example: 'shelfwalk jobs list --all --json',
    async action(task, { flags }) {
      const remote = await openRemoteJobs(task.dataDir, task.io);
      task.print(await remote.list({ all: flags['all'] === true }), toJobsText);
    },
  }).option('--all', 'all that are kept');
  addCommand(jobs, cli, {
    usage: 'show <job>',
    purpose: 'One job: state, progress, result or failure',
    example: 'shelfwalk jobs show 20261125T183000Z-0a1b',
    async action(task, { args: [id] }) {
      const remote = await openRemoteJobs(task.dataDir, task.io);
      task.print(await remote.get(id!), toJobText);
    },
  });
  addCommand(jobs, cli, {
    usage: 'follow <job>',
    purpose: 'Wait for a job to end, with its progress; its failure is that of the command',
    example: 'shelfwalk jobs follow 20261125T183000Z-0a1b',
    async action(task, { args: [id] }) {
      const { io, global } = task;
      const job = await withProgress(io, global.quiet ?? false, async (onProgress) => {
        const remote = await openRemoteJobs(task.dataDir, { signal: io.signal, onProgress });
        return remote.follow(id!);
      });
      if (job.state !== 'succeeded') throw toJobError(job);
      for (const warning of job.warnings) task.note(`warning: ${warning}`);
      task.print(job, toJobText);
    },
  });
  addCommand(jobs, cli, {
    usage: 'cancel <job>',
    purpose: 'Cancel a job: one that waits at once, one that runs when it heeds the wish',
    example: 'shelfwalk jobs cancel 20261125T183000Z-0a1b',
    async action(task, { args: [id] }) {
      const remote = await openRemoteJobs(task.dataDir, task.io);
      task.print(await remote.cancel(id!), toJobText);
    },
  });
}
