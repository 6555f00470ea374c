package features_test

import (
	"strings"
	"testing"

	"github.com/amgen/amgen/eval/features"
)

// TestFor: a data set with a classifier of its own is judged by that, the last named first.
func TestFor(t *testing.T) {
	for want, datasets := range map[string][]string{
		"inception": {"cifar10:test", "pictures/mnist.npz"}, "lenet-mnist": {"runs/a step 7", "mnist:train"},
		"lenet-fashion-mnist": {"mnist:test", "fashion-mnist"},
	} {
		if got := features.For(datasets...); got != want {
			t.Errorf("%v: %s, want %s", datasets, got, want)
		}
	}
}

// TestUnknown: a name that isn't known is refused with those that are.
func TestUnknown(t *testing.T) {
	if _, err := features.Open(t.Context(), nil, "inceptoin", features.Options{}); err == nil ||
		!strings.Contains(err.Error(), "choose one of inception, ") {
		t.Error(err)
	}
	if net, err := features.Open(t.Context(), nil, features.Pixels, features.Options{}); net != nil || err != nil {
		t.Errorf("pixels: %v %v", net, err)
	}
}
