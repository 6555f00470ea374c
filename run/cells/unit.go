package cells

import (
	"fmt"
	"strings"
)

// unitsOfTime are the names of columns of times that name a unit, in small letters.
var unitsOfTime = map[string]bool{"second": true, "minute": true, "hour": true, "day": true, "week": true,
	"month": true, "year": true}

// unitOf is the unit of the times in a column: the one that it is named after, as day of a column days; else the unit
// of the column.
func unitOf(column string) (one, many string) {
	if unit := strings.TrimSuffix(strings.ToLower(column), "s"); unitsOfTime[unit] {
		return unit, unit + "s"
	}
	return "unit of " + printed(column), "units of " + printed(column)
}

// per is "per" with the unit of the times in a column.
func per(column string) string {
	one, _ := unitOf(column)
	return "per " + one
}

// PerTime is how messages name rates in the unit of the file's time, such as per day.
func (c *Cells) PerTime() string { return per(c.TimeName()) }

// within is a time in the unit of those in a column.
func within(time float64, column string) string {
	one, many := unitOf(column)
	text := fmt.Sprintf("%.2g", time)
	if text == "1" {
		return "1 " + one
	}
	return text + " " + many
}
