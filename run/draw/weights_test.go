package draw_test

import (
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/run/draw"
)

// A tenth of the samples has to count: of 100, of which k have all the weight, the effective size is k.
func TestThinWeights(t *testing.T) {
	for k, thin := range map[int]bool{1: true, 9: true, 11: false, 100: false} {
		logWeights := make([]float64, 100)
		for i := k; i < len(logWeights); i++ {
			logWeights[i] = math.Inf(-1)
		}
		err := draw.CheckWeights(logWeights)
		if (err != nil) != thin {
			t.Errorf("%d of 100: %v", k, err)
		}
		if thin && (!strings.Contains(err.Error(), "WARNING") || !strings.Contains(err.Error(), "growth_cost")) {
			t.Error(err)
		}
	}
	if err := draw.CheckWeights(nil); err != nil {
		t.Error(err)
	}
	if err := draw.CheckWeights([]float64{math.NaN(), 0}); err == nil {
		t.Error("NaN: no error")
	}
}
