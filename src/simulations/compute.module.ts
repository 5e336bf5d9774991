import { Module } from '@nestjs/common';
import { SimulationQueue } from './queue.js';
import { Shards } from './shards.js';
import { Threads } from './threads.js';

/** What those who ask for simulations and those who run them share: one queue, one list of work, one pool of threads in a process. */
@Module({ providers: [SimulationQueue, Shards, Threads], exports: [SimulationQueue, Shards, Threads] })
export class ComputeModule {}
