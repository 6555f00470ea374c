package flags

import "github.com/amgen/amgen/run/summary"

// RunsBelow is the summaries of runs, and of all in folders; without any directory, of those in [RunsDir].
func RunsBelow(dirs []string) (list []summary.Summary, err error) {
	if len(dirs) == 0 {
		dirs = []string{RunsDir}
	}
	for _, dir := range dirs {
		found, err := summary.Below(dir)
		if err != nil {
			return nil, Usage(err)
		}
		if len(found) == 0 {
			return nil, Usagef("no run in %s or a folder in it; `amgen train --dataset NAME` starts one", dir)
		}
		list = append(list, found...)
	}
	return list, nil
}
