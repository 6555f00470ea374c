package features_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/eval/efficientnet"
	"github.com/amgen/amgen/eval/features"
)

// TestFor: a data set with a classifier of its own is judged by that, the last named first.
func TestFor(t *testing.T) {
	for want, datasets := range map[string][]string{
		"efficientnet-lite0": {"cifar10:test", "pictures/mnist.npz"}, "lenet-mnist": {"runs/a step 7", "mnist:train"},
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

// TestFetched: each network whose weights are fetched can be asked for, is verified in the cache, and is an error
// offline where it isn't there.
func TestFetched(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("AMGEN_CACHE", cache)
	fetched := features.Fetched()
	for _, name := range features.Names() {
		if name == features.Pixels || strings.HasPrefix(name, "lenet-") {
			continue
		}
		if !slices.Contains(fetched, features.NetworkName(name)) {
			t.Errorf("%s isn't in %v", name, fetched)
		}
		list, err := features.Verify(features.NetworkName(name), cache)
		if err != nil || len(list) == 0 || !list[0].Absent {
			t.Errorf("%s: verified %+v, %v", name, list, err)
		}
	}
	_, err := features.Open(t.Context(), nil, features.Lite, features.Options{Offline: true})
	if !errors.Is(err, efficientnet.ErrOffline) {
		t.Errorf("offline: %v", err)
	}
}
