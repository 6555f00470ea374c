package mistake

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

func flag(setting string) string { return "--" + strings.ReplaceAll(setting, "_", "-") }

func TestText(t *testing.T) {
	plain := New("{lr_decay_steps} of %s; name another {out|directory}", "{batch}")
	for _, c := range []struct {
		err           error
		library, text string
	}{
		{plain, "lr_decay_steps of {batch}; name another directory", "--lr-decay-steps of {batch}; name another --out"},
		{fmt.Errorf("read: %w", plain), "read: lr_decay_steps of {batch}; name another directory",
			"read: --lr-decay-steps of {batch}; name another --out"},
		{Fail("{force}: %w", New("{seed}")), "force: seed", "--force: --seed"},
		{errors.Join(New("{seed}"), fs.ErrNotExist, New("{lr}")), "seed\nfile does not exist\nlr",
			"--seed\nfile does not exist\n--lr"},
		{Wrap(fs.ErrNotExist), fs.ErrNotExist.Error(), fs.ErrNotExist.Error()},
		{fs.ErrNotExist, fs.ErrNotExist.Error(), fs.ErrNotExist.Error()},
		{OneOf("path", "x", []string{"", "a", "b"}), `unknown path "x"; there are a, b`,
			`unknown --path "x"; there are a, b`},
		{New("{steps} must be at least %d%%", 1), "steps must be at least 1%", "--steps must be at least 1%"},
	} {
		if got := c.err.Error(); got != c.library {
			t.Errorf("got %q, want %q", got, c.library)
		}
		if got := Text(c.err, flag); got != c.text {
			t.Errorf("got %q, want %q", got, c.text)
		}
	}
}

func TestKinds(t *testing.T) {
	var wrong Error
	if err := fmt.Errorf("x: %w", Wrap(fs.ErrNotExist)); !errors.As(err, &wrong) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is no Error that wraps what it was made of", err)
	}
	if err := Fail("{force}: %w", fs.ErrNotExist); errors.As(err, &wrong) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is an Error, or lost what it wraps", err)
	}
	if err := OneOf("path", "a", []string{"a"}); err != nil {
		t.Error(err)
	}
}
