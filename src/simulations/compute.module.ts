import { Module } from '@nestjs/common';
import { SimulationQueue } from './queue.js';
import { Threads } from './threads.js';

/** What those who ask for simulations and those who run them share: one queue, one pool of threads in a process. */
@Module({ providers: [SimulationQueue, Threads], exports: [SimulationQueue, Threads] })
export class ComputeModule {}
