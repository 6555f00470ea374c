package cli

import (
	"testing"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/imaging"
)

// TestEvaluationsNoted: of features that don't tell, as those of former versions, what was noted beside them holds.
func TestEvaluationsNoted(t *testing.T) {
	d, err := imaging.New("grey", imaging.Train, make([]uint8, 3*4), nil, 2, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	net := eval.Pixels{Height: 2, Width: 2, Channels: 1}
	s, err := eval.OpenStore(t.TempDir(), eval.Describe(net, "", setImages{d}))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Fill(t.Context(), net, setImages{d}, eval.Shard{}, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := evaluations(s, 7); got != 7 || err != nil {
		t.Errorf("got %d (%v), want the 7 that were noted", got, err)
	}
}
