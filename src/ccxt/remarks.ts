import { pointer } from '../api/errors.js';
import { Output, Text } from '../api/fields.js';
import type { Path } from '../api/rules.js';

/** Remarks of one kind in an answer; how many more there were stands in the last. */
export const REMARKS_MAX = 1000;

@Output('One thing that was left out, or taken for granted.')
export class CcxtRemark {
  @Text('JSON pointer into the input.')
  pointer: string;

  @Text('What was done about it, and why.')
  reason: string;
}

export class Remarks {
  private readonly left = new Kept();
  private readonly assumed = new Kept();

  /** Answers what stands in the place of the thing: nothing. */
  leaveOut(at: Path, reason: string): null {
    this.left.add(at, reason);
    return null;
  }

  assume(at: Path, reason: string): void {
    this.assumed.add(at, reason);
  }

  shown(): { unmapped: CcxtRemark[]; assumptions: CcxtRemark[] } {
    return { unmapped: this.left.shown(), assumptions: this.assumed.shown() };
  }
}

class Kept {
  private readonly remarks: CcxtRemark[] = [];
  private dropped = 0;

  add(at: Path, reason: string): void {
    if (this.remarks.length < REMARKS_MAX - 1) this.remarks.push({ pointer: pointer(at), reason });
    else this.dropped++;
  }

  shown(): CcxtRemark[] {
    return this.dropped === 0 ? this.remarks : [...this.remarks, { pointer: '', reason: `and ${this.dropped} more` }];
  }
}
