package version

import (
	"runtime/debug"
	"testing"
)

func TestOf(t *testing.T) {
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}}
	for _, c := range []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{"release", debug.BuildInfo{Main: debug.Module{Path: module, Version: "v1.2.3"}, Settings: vcs}, "v1.2.3"},
		{"checkout", debug.BuildInfo{Main: debug.Module{Path: module, Version: "(devel)"}, Settings: vcs},
			"0123456789ab-dirty"},
		{"unchanged checkout", debug.BuildInfo{Main: debug.Module{Path: module}, Settings: vcs[:1]}, "0123456789ab"},
		{"no record", debug.BuildInfo{Main: debug.Module{Path: module, Version: "(devel)"}}, devel},
		{"library", debug.BuildInfo{Main: debug.Module{Path: "example.org/theirs", Version: "v9.0.0"}, Settings: vcs,
			Deps: []*debug.Module{{Path: "example.org/other", Version: "v7.0.0"}, {Path: module, Version: "v1.2.3"}}},
			"v1.2.3"},
		{"replaced library", debug.BuildInfo{Main: debug.Module{Path: "example.org/theirs", Version: "v9.0.0"},
			Deps: []*debug.Module{{Path: module, Version: "(devel)"}}}, devel},
	} {
		if got := of(&c.info); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
