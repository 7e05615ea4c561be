@echo off
rem Drop workbooks onto this file. Plain ASCII with CRLF: cmd reads it the same in every code page.
chcp 65001 >nul
setlocal
set "PYTHONUTF8=1"
set "RUN="
if exist "%ProgramData%\jixiao\button.txt" set /p RUN=<"%ProgramData%\jixiao\button.txt"
if defined RUN (set "RUN="%RUN%" -m toolkit") else (set "RUN=jixiao")
if "%~1"=="" (
  %RUN% forms --help
  pause
  exit /b 2
)
:next
if "%~1"=="" goto done
%RUN% forms "%~1"
shift
goto next
:done
pause
