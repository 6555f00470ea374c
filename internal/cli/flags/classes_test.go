package flags

import (
	"slices"
	"testing"

	"github.com/amgen/amgen/run"
)

// TestClassList: what reports write of classes is read as the same ones.
func TestClassList(t *testing.T) {
	names := []string{"bird", "cat", "3", "dog", "emu", "none of these"}
	trained := &run.Trained{Plan: &run.Plan{Classes: &run.Classes{Names: names}}}
	for _, tc := range []struct {
		classes []int32
		want    string
	}{{nil, ""}, {[]int32{1}, "cat"}, {[]int32{-1}, "none"}, {[]int32{0, 1}, "bird,cat"},
		{[]int32{0, 1, 2, 3, 4, 5}, "0-5"}, {[]int32{3, 1, 2, 3, -1, -1, 2}, "dog,1-3,none,none,3"},
		{[]int32{5, 4, 3}, "none of these,emu,dog"}} {
		got := ClassList(names, tc.classes)
		read, err := (&Classes{text: got}).Of(trained)
		if got != tc.want || err != nil || !slices.Equal(read, tc.classes) {
			t.Errorf("%v: %q, read as %v, %v; want %q", tc.classes, got, read, err, tc.want)
		}
	}
}
