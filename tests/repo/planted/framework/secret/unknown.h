// Planted fault: a folder without a row.
#pragma once
