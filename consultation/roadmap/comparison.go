package roadmap

import (
	"context"

	"ensemble/consultation/text/diff"
	"ensemble/consultation/text/markdown"
	"ensemble/consultation/text/merge"
	"ensemble/heavy"
)

// Merges and differences of long texts take up to a tenth of a second. What was compared lately is remembered, by the
// texts themselves.
var (
	merges      = heavy.New[threeWay](8 << 20)
	differences = heavy.New[[]diff.Paragraph](8 << 20)
)

// ForgetTexts forgets what is remembered of texts that were rendered or compared: an erasure has changed some of them.
func (*Roadmap) ForgetTexts() {
	markdown.Forget()
	merges.Forget()
	differences.Forget()
}

// threeWay is what merge.ThreeWay returns.
type threeWay struct {
	merged    string
	conflicts []merge.Conflict
}

// bytes returns about how much memory it takes.
func (t threeWay) bytes() int {
	n := len(t.merged)
	for _, c := range t.conflicts {
		n += len(c.Base) + len(c.Ours) + len(c.Theirs) + 48
	}
	return n
}

// mergeAtOnce merges three texts, if that was not done lately.
func mergeAtOnce(base, current, proposed string) threeWay {
	return merges.AtOnce(heavy.Key(base, current, proposed), func() (threeWay, int) {
		merged, conflicts := merge.ThreeWay(base, current, proposed)
		t := threeWay{merged, conflicts}
		return t, t.bytes()
	})
}

// mergeInTurn does what mergeAtOnce does; long texts wait for their turn. It fails when ctx ends, and with
// fair.ErrBusy.
func mergeInTurn(ctx context.Context, base, current, proposed string) (threeWay, error) {
	if heavy.IsShort(base, current, proposed) {
		return mergeAtOnce(base, current, proposed), nil
	}

	return merges.InTurn(ctx, heavy.Key(base, current, proposed), func(ctx context.Context) (threeWay, int, error) {
		merged, conflicts, err := merge.InTime(ctx, base, current, proposed)
		t := threeWay{merged, conflicts}
		return t, t.bytes(), err
	})
}

// difference compares two texts; long ones wait for their turn. It fails when ctx ends, and with fair.ErrBusy.
func difference(ctx context.Context, old, new string) ([]diff.Paragraph, error) {
	if heavy.IsShort(old, new) {
		return differences.AtOnce(heavy.Key(old, new), func() ([]diff.Paragraph, int) {
			changes := diff.Of(old, new)
			return changes, bytesOf(changes)
		}), nil
	}

	return differences.InTurn(ctx, heavy.Key(old, new), func(ctx context.Context) ([]diff.Paragraph, int, error) {
		changes, err := diff.InTime(ctx, old, new)
		return changes, bytesOf(changes), err
	})
}

// bytesOf returns about how much memory a difference takes.
func bytesOf(changes []diff.Paragraph) int {
	n := 0
	for _, p := range changes {
		n += 40 + 40*len(p.Spans)
		for _, s := range p.Spans {
			n += len(s.Text)
		}
	}
	return n
}
