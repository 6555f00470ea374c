package data

import (
	"context"
	"errors"
	"testing"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/cli/term"
)

// TestDataInfoInterrupted: bringing points to describe ends with the context.
func TestDataInfoInterrupted(t *testing.T) {
	t.Setenv("AMGEN_CACHE", t.TempDir())
	t.Setenv("PATH", t.TempDir()) // no package manager, should it go on
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := description{std: term.Streams{Out: t.Output(), Err: t.Output()}, Name: science.EmbryoName}
	err := d.describe(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}
