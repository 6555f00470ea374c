// Package version tells which amgen a program has in it.
package version

import "runtime/debug"

const module = "github.com/amgen/amgen"

// Amgen is the version of amgen's module or, for a build from its checkout, what git describes the commit as, or the
// commit (with "-dirty" where it had changes), or "devel" where the build recorded none of them.
func Amgen() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return devel
	}
	return of(info)
}

const devel = "devel"

// described is what git describes the commit as, where the Makefile built the program: of a commit after a tag, both.
var described string

func of(info *debug.BuildInfo) string {
	if info.Main.Path != module { // a program that imports it
		for _, dep := range info.Deps {
			if dep.Path == module && dep.Version != "" && dep.Version != "(devel)" {
				return dep.Version
			}
		}
		return devel
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	if described != "" {
		return described
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			revision = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	if revision == "" {
		return devel
	}
	return revision + dirty
}
