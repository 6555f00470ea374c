package eval_test

import (
	"context"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval"
)

// drawing are images of which image k took k evaluations.
type drawing struct{ counting }

func (d *drawing) Read(ctx context.Context, from, to int) (*tensors.Tensor, []float32, error) {
	var nfe []float32
	for k := from; k < to; k++ {
		nfe = append(nfe, float32(k))
	}
	pictures, _, err := d.counting.Read(ctx, from, to)
	return pictures, nfe, err
}

func wantNFE(t *testing.T, what string, s *eval.Store, most int, all bool) {
	t.Helper()
	if gotMost, gotAll, err := s.NFE(); gotMost != most || gotAll != all || err != nil {
		t.Errorf("%s: got %d evaluations, of all images: %v (%v), want %d and %v", what, gotMost, gotAll, err, most,
			all)
	}
}

// TestStoreNFE: what images cost is known whoever drew them, in how many lives, and whatever else was drawn.
func TestStoreNFE(t *testing.T) {
	const n = 2*eval.ChunkLen + 44
	dir := t.TempDir()
	dead := fill(t, dir, &drawing{counting: counting{n: n, failAfter: eval.ChunkLen}}, eval.Shard{})
	wantNFE(t, "died after a chunk", dead, eval.ChunkLen-1, false)
	rest := &drawing{counting: counting{n: n}}
	wantNFE(t, "went on", fill(t, dir, rest, eval.Shard{}), n-1, true)
	if rest.read != n-eval.ChunkLen {
		t.Errorf("going on read %d images, want %d", rest.read, n-eval.ChunkLen)
	}
	nothing := &drawing{counting: counting{n: n}}
	wantNFE(t, "again", fill(t, dir, nothing, eval.Shard{}), n-1, true)
	wantNFE(t, "fewer", fill(t, dir, &drawing{counting: counting{n: 300}}, eval.Shard{}), 299, true)
	if nothing.read != 0 {
		t.Errorf("with all there, %d images were read", nothing.read)
	}

	first, second := t.TempDir(), t.TempDir()
	fill(t, first, &drawing{counting: counting{n: n}}, eval.Shard{Index: 0, Count: 2})
	shards := fill(t, second, &drawing{counting: counting{n: n}}, eval.Shard{Index: 1, Count: 2})
	shards.Others = []string{first}
	wantNFE(t, "shards", shards, n-1, true)
}

// TestStoreOlder: files without evaluations, as former versions wrote them, are read, and say that they don't tell.
func TestStoreOlder(t *testing.T) {
	const n = eval.ChunkLen + 44
	dir := t.TempDir()
	fill(t, dir, &counting{n: eval.ChunkLen}, eval.Shard{})
	rest := &drawing{counting: counting{n: n}}
	s := fill(t, dir, rest, eval.Shard{})
	if got := cloudOf(t, s); rest.read != n-eval.ChunkLen || got.Len() != n {
		t.Errorf("read %d images of %d, want the %d that are new", rest.read, got.Len(), n-eval.ChunkLen)
	}
	wantNFE(t, "the first chunk is older", s, n-1, false)
}
